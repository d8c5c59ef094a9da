using Zmtp.Security;

namespace Zmtp.Engine;

/// <summary>What a connection must know of the socket it belongs to. Immutable.</summary>
internal sealed record ConnectionOptions
{
    /// <summary>
    /// The largest frame body before the handshake has succeeded, whatever the message limit is: 64 KiB. READY and INITIATE with generous metadata are
    /// some hundred octets.
    /// </summary>
    public const int MaxHandshakeFrame = 64 * 1024;

    public required SocketType SocketType { get; init; }

    public required ZmtpSecurity Security { get; init; }

    public string Domain { get; init; } = "";

    /// <summary>The property list for READY and INITIATE.</summary>
    public required ReadOnlyMemory<byte> LocalMetadata { get; init; }

    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Octets of all frames of a message; checked on declared lengths, before anything is sized by them.</summary>
    public long MaxMessageSize { get; init; } = long.MaxValue;

    public HeartbeatOptions Heartbeat { get; init; } = HeartbeatOptions.Off;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Hears, on any thread, what a transport of the application's throws where nobody is there to catch it; null: nobody does.</summary>
    public Action<Exception>? OnDefect { get; init; }
}
