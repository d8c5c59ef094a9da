namespace Zmtp.Engine;

/// <summary>Whose turn it is to send on a connection. Changes under its gate.</summary>
internal enum SendingTurn
{
    /// <summary>Nobody's: nothing is to be sent.</summary>
    Free,

    /// <summary>
    /// Whoever comes first: the loop, which was called, or a caller. Somebody always comes: the loop, or a caller who has promised to flush, or one to
    /// whom the loop has given way.
    /// </summary>
    Open,

    /// <summary>A caller sends.</summary>
    Taken,

    /// <summary>The loop sends.</summary>
    OfLoop,

    /// <summary>The loop's: a caller's write has not ended yet.</summary>
    Pending,
}
