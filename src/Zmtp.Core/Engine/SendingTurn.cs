namespace Zmtp.Engine;

/// <summary>Whose turn it is to send on a connection. Changes under its gate.</summary>
internal enum SendingTurn
{
    /// <summary>Nobody's: nothing is to be sent.</summary>
    Free,

    /// <summary>Whoever comes first: the loop, which was called, or a caller.</summary>
    Open,

    /// <summary>Somebody sends.</summary>
    Taken,

    /// <summary>The loop's: a caller's write has not ended yet.</summary>
    Pending,
}
