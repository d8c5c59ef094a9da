namespace Zmtp.Sockets.Endpoints;

/// <summary>What is told of a handshake that ended by an exception of a kind that neither a transport nor a mechanism should throw.</summary>
internal static class HandshakeDefect
{
    /// <summary>The error of the handshake.</summary>
    /// <param name="cause">What was thrown; a cancellation that nobody asked for is one of them.</param>
    public static ZmtpException Of(Exception cause) => new(
        (cause is OperationCanceledException
            ? "The handshake ended because its transport, or a mechanism that is not of this library, says that it was cancelled, which " +
              "nobody has asked for: "
            : "The handshake failed for a reason that its transport, or a mechanism that is not of this library, should not give: ") +
        $"{cause.Message} Fix what threw it.",
        FaultOrigin.Local,
        mayRetry: true,
        cause);
}
