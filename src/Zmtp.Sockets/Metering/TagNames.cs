namespace Zmtp.Sockets.Metering;

/// <summary>What stands beside each measurement. Programs and dashboards go by these names.</summary>
internal static class TagNames
{
    /// <summary>The socket's type, as its wire token: PUSH.</summary>
    public const string SocketType = "zmtp.socket.type";

    /// <summary>The scheme of its endpoint: tcp, ipc, inproc, or that of a transport of the application's.</summary>
    public const string Transport = "zmtp.transport";

    /// <summary>NULL, PLAIN, CURVE, or that of the application's.</summary>
    public const string Mechanism = "zmtp.mechanism";

    /// <summary>Whether it listens or connects.</summary>
    public const string Role = "zmtp.role";

    /// <summary>Why it failed or ended: <see cref="ErrorTypes"/>. OpenTelemetry's own name.</summary>
    public const string ErrorType = "error.type";

    public static string RoleOf(bool isIncoming) => isIncoming ? "listener" : "connector";
}
