using NetMQ;
using Zmtp.Perf.Links;
using Zmtp.Perf.Peers;

namespace Zmtp.Perf;

/// <summary>NetMQ. Its context is one for the whole process.</summary>
internal sealed class Library : IDisposable
{
    public const string Name = "netmq";

    private const int MaxSockets = 20_000;

    /// <summary>There is no PLAIN in NetMQ; its CURVE is managed code (NaCl.Net).</summary>
    public static readonly string[] Mechanisms = [MechanismNames.Null, MechanismNames.Curve];

    /// <summary>Its ipc is TCP on a port made from a hash of the name, which no other implementation can join: not ipc.</summary>
    public static readonly string[] Transports = ["tcp", "inproc"];

    /// <summary>Its asynchronous interface needs a poller of its own; the blocking one is the one it is known for.</summary>
    public static readonly Api[] Apis = [Api.Sync];

    public Library()
    {
        NetMQConfig.MaxSockets = MaxSockets;
        NetMQConfig.ThreadPoolSize = 1;
        NetMQConfig.Linger = TimeSpan.Zero;
    }

    public static string Version => typeof(NetMQSocket).Assembly.GetName().Version?.ToString() ?? "";

    /// <summary>A CURVE key pair in Z85.</summary>
    public static (string PublicKey, string SecretKey) NewKeys()
    {
        var keys = new NetMQCertificate();
        return (keys.PublicKeyZ85, keys.SecretKeyZ85!);
    }

    /// <summary>Runs one half. Never throws: what went wrong is part of the outcome.</summary>
    public Outcome Run(string role, Options options, Link link) => NetMqHalf.Create(role, options, link).Run();

    /// <summary>Waits until what was sent has left, within the linger of each socket.</summary>
    public void Dispose() => NetMQConfig.Cleanup(block: true);
}
