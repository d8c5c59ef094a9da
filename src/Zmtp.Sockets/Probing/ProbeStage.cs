namespace Zmtp.Sockets;

/// <summary>The steps of an attempt to connect, in order.</summary>
public enum ProbeStage
{
    /// <summary>Reading the endpoint's text.</summary>
    Endpoint,

    /// <summary>Looking up the host's name (tcp).</summary>
    Name,

    /// <summary>Connecting by tcp or ipc.</summary>
    Connect,

    /// <summary>The exchange of greetings: signature, version, mechanism, as-server.</summary>
    Greeting,

    /// <summary>The mechanism's handshake: credentials, the authenticator's verdict, the socket types.</summary>
    Handshake,
}
