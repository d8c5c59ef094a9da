namespace Zmtp;

/// <summary>
/// The socket types that a ZMTP peer can announce in its Socket-Type property.
/// </summary>
/// <remarks>RFC 23 and RFC 37, section "Socket Semantics". The numbers have no meaning on the wire of ZMTP 3.x.</remarks>
public enum SocketType
{
    /// <summary>PAIR: exactly one peer (RFC 31).</summary>
    Pair,

    /// <summary>PUB: sends to all matching subscribers (RFC 29).</summary>
    Pub,

    /// <summary>SUB: receives what it subscribed to (RFC 29).</summary>
    Sub,

    /// <summary>REQ: sends a request, then receives its reply (RFC 28).</summary>
    Req,

    /// <summary>REP: receives a request, then sends its reply (RFC 28).</summary>
    Rep,

    /// <summary>DEALER: round-robin out, fair-queued in (RFC 28).</summary>
    Dealer,

    /// <summary>ROUTER: addresses each peer by its routing id (RFC 28).</summary>
    Router,

    /// <summary>PULL: receives from all PUSH peers (RFC 30).</summary>
    Pull,

    /// <summary>PUSH: distributes to PULL peers (RFC 30).</summary>
    Push,

    /// <summary>XPUB: PUB that shows subscriptions to the application (RFC 29).</summary>
    XPub,

    /// <summary>XSUB: SUB that takes subscriptions as messages (RFC 29).</summary>
    XSub,

    /// <summary>CLIENT (RFC 41).</summary>
    Client,

    /// <summary>SERVER (RFC 41).</summary>
    Server,

    /// <summary>RADIO (RFC 48).</summary>
    Radio,

    /// <summary>DISH (RFC 48).</summary>
    Dish,

    /// <summary>SCATTER (RFC 49).</summary>
    Scatter,

    /// <summary>GATHER (RFC 49).</summary>
    Gather,

    /// <summary>PEER (RFC 51).</summary>
    Peer,

    /// <summary>CHANNEL (RFC 52).</summary>
    Channel,
}
