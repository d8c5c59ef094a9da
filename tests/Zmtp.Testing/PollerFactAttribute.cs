using Xunit;

namespace Zmtp.Testing;

/// <summary>A fact of connections that a poller watches; skipped where there is none.</summary>
public sealed class PollerFactAttribute : FactAttribute
{
    /// <summary>A fact, skipped where it cannot be seen.</summary>
    public PollerFactAttribute() => Skip = Missing.Poller;
}
