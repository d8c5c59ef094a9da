using Zmtp.Security;

namespace Zmtp.Sockets.Tests.Diagnostics;

/// <summary>One cause of a refusal between two sockets of ours, and what each of them has to say about it.</summary>
internal sealed record RefusalCase
{
    public SocketType ServerType { get; init; } = SocketType.Pull;

    public SocketType ClientType { get; init; } = SocketType.Push;

    public required ZmtpSecurity Server { get; init; }

    public required ZmtpSecurity Client { get; init; }

    /// <summary>The server's domain.</summary>
    public string Domain { get; init; } = "";

    /// <summary>Whom the server asks; null for nobody.</summary>
    public IAuthenticator? Authenticator { get; init; }

    /// <summary>The server's.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The server's.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>What goes on from the time when the client connects.</summary>
    public Func<Task> Meanwhile { get; init; } = static () => Task.CompletedTask;

    /// <summary>Words of the server's reason.</summary>
    public required string[] ServerSays { get; init; }

    /// <summary>Words of the client's reason.</summary>
    public required string[] ClientSays { get; init; }
}
