namespace Zmtp.Zap;

/// <summary>What a handler can know of the sender of a request.</summary>
internal enum ZapAsker
{
    /// <summary>Not the client of this context: nobody says when it has given up.</summary>
    Elsewhere,

    /// <summary>It waits for the reply.</summary>
    Waits,

    /// <summary>It has given up: no reply would reach anybody.</summary>
    HasLeft,
}
