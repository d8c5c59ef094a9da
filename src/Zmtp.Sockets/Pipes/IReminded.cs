namespace Zmtp.Sockets.Pipes;

/// <summary>Something that is left to be done by a call that most likely comes soon, and is done anyway if none does.</summary>
internal interface IReminded
{
    /// <summary>Does what nobody came for since the last time. On a thread of the pool; must be short and must not throw.</summary>
    /// <returns>Whether to come again.</returns>
    bool Remind();
}
