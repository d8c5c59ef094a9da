using Zmtp.Sockets.Pipes;

namespace Zmtp.Sockets.Endpoints;

/// <summary>A place where peers arrive.</summary>
internal interface IBinding
{
    /// <summary>The endpoint, wildcards and port 0 replaced.</summary>
    string Endpoint { get; }

    /// <summary>The endpoint as it was given: another text where that has wildcards.</summary>
    string Given { get; }

    /// <summary>Whether peers have to shake hands, as the socket's security has it.</summary>
    bool IsSecured { get; }

    void Start();

    /// <summary>The pipes of the peers that arrived here.</summary>
    IReadOnlyCollection<Pipe> Pipes();

    /// <summary>No peer arrives any more, nor ends a handshake that was under way; connected peers stay.</summary>
    ValueTask StopListeningAsync();

    /// <summary>Ends the connections of the peers that arrived here.</summary>
    /// <param name="linger">Its rest is the time that a peer has to read what was sent.</param>
    Task CloseAsync(Linger linger);
}
