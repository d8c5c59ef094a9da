using Zmtp.Sockets.Pipes;

namespace Zmtp.Sockets.Endpoints;

/// <summary>An endpoint the socket connects to, again and again.</summary>
internal interface IConnector
{
    /// <summary>The endpoint as it was given.</summary>
    string Endpoint { get; }

    /// <summary>Whether it gave up for good: it will not connect again.</summary>
    bool HasEnded { get; }

    /// <summary>The pipe behind it, if there is one at the moment.</summary>
    IReadOnlyCollection<Pipe> Pipes();

    void Start();

    /// <summary>Takes no more messages: the endpoint is given up. What is queued may still leave.</summary>
    void Retire();

    /// <summary>Ends the connection and the attempts to make one.</summary>
    /// <param name="linger">What is left of it a peer has to read what was sent.</param>
    Task CloseAsync(Linger linger);
}
