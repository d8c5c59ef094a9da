namespace Zmtp.Engine;

/// <summary>Where heartbeats leave, and how far what left before them has come. Safe on any thread.</summary>
internal interface IHeartbeatOutput
{
    /// <summary>Encodes a command and sends it; drops it when far too much waits already. Never throws.</summary>
    /// <returns>What <see cref="Handed"/> is when the command is with the transport; null when it was dropped.</returns>
    long? SendCommand(ReadOnlySpan<byte> body);

    /// <summary>Octets that the transport has taken in all.</summary>
    long Handed { get; }

    /// <summary>
    /// Changes when octets leave that had to wait for the peer: it, or the system at its end, has taken others. What the system here takes at
    /// once says nothing.
    /// </summary>
    long Progress { get; }
}
