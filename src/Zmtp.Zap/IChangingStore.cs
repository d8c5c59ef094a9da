namespace Zmtp.Zap;

/// <summary>
/// The face of a password or certificate store that may change while it is in use, so that peers that came in by it can be asked
/// about again. Optional: a store without it is taken to change only when its user says so.
/// </summary>
public interface IChangingStore
{
    /// <summary>
    /// Raised after a change is in force, on any thread. Several changes may be told by one event. Handlers must be quick and not
    /// throw.
    /// </summary>
    event EventHandler? Changed;
}
