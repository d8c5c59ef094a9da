namespace Zmtp;

/// <summary>Who is at fault when something fails.</summary>
public enum FaultOrigin
{
    /// <summary>The peer broke the protocol or refused us.</summary>
    Peer,

    /// <summary>This library, or something it was configured with (a store, a policy), failed.</summary>
    Local,

    /// <summary>The calling code asked for something that cannot be done.</summary>
    Caller,

    /// <summary>The network between the two ends, or the machine at the other: from here the two look the same.</summary>
    Network,
}
