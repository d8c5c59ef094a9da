namespace Zmtp.Engine;

/// <summary>Whose turn it is to send on a connection. Changes under its gate.</summary>
internal enum SendingTurn
{
    /// <summary>Nobody's: nothing is to be sent.</summary>
    Free,

    /// <summary>
    /// For the first that comes: the loop, which was called, or a caller. One always comes: the loop, a caller that has promised to flush,
    /// or one that the loop has given way to.
    /// </summary>
    Open,

    /// <summary>A caller sends.</summary>
    Taken,

    /// <summary>The loop sends.</summary>
    OfLoop,

    /// <summary>The loop's: a caller's write has not ended yet.</summary>
    Pending,
}
