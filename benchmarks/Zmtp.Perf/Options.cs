namespace Zmtp.Perf;

/// <summary>Which half of the sockets' interface is measured.</summary>
internal enum Api
{
    /// <summary>Send and Receive, which block, each half on a thread of its own.</summary>
    Sync,

    /// <summary>SendAsync and ReceiveAsync, awaited on the thread pool.</summary>
    Async,
}

/// <summary>Whose code encrypts and authenticates messages.</summary>
internal enum Cipher
{
    /// <summary>libsodium: what applications get unless they ask for something else.</summary>
    Libsodium,

    /// <summary>The library's own, with vector instructions; on demand.</summary>
    Vector,
}

/// <summary>What the command line says. Immutable.</summary>
internal sealed record Options
{
    /// <summary>The case, or the role when it was started alone: "case" in the JSON line.</summary>
    public required string Name { get; init; }

    public string Implementation { get; init; } = Library.Name;

    public Api Api { get; init; }

    public string Endpoint { get; init; } = "";

    public string Transport { get; init; } = "tcp";

    public bool Bind { get; init; }

    public IReadOnlyList<int> Sizes { get; init; } = [100];

    /// <summary>The size under measurement: one of <see cref="Sizes"/>.</summary>
    public int Size { get; init; } = 100;

    /// <summary>Messages to measure; 0: go by <see cref="Seconds"/>.</summary>
    public long Count { get; init; }

    public double Seconds { get; init; }

    /// <summary>Messages that are not measured, when going by count.</summary>
    public long Warmup { get; init; }

    /// <summary>Time that is not measured, when going by seconds.</summary>
    public double WarmupSeconds { get; init; }

    /// <summary>High-water mark of both queues, 0 for none; null leaves the library's default.</summary>
    public int? HighWaterMark { get; init; }

    /// <summary>null, plain or curve.</summary>
    public string Mechanism { get; init; } = MechanismNames.Null;

    /// <summary>Whose code encrypts and authenticates messages, with curve.</summary>
    public Cipher Cipher { get; init; }

    public string? ServerKey { get; init; }

    public string? PublicKey { get; init; }

    public string? SecretKey { get; init; }

    public string Username { get; init; } = "admin";

    public string Password { get; init; } = "secret";

    public int Processes { get; init; } = 2;

    public int Subscribers { get; init; }

    /// <summary>Connections of PUSH to PULL, and DEALERs that ROUTER streams to: one sender serves them in turn.</summary>
    public int Peers { get; init; } = 1;

    public int Clients { get; init; }

    public int Parallel { get; init; } = 1;

    public int Window { get; init; } = 100;

    public double Idle { get; init; } = 3;

    /// <summary>Seconds until it gives up; 0 for never.</summary>
    public int Timeout { get; init; } = 120;

    /// <summary><see cref="Timeout"/>; infinite for never.</summary>
    public TimeSpan TimeLimit => Timeout > 0 ? TimeSpan.FromSeconds(Timeout) : System.Threading.Timeout.InfiniteTimeSpan;

    /// <summary>Of a case: both halves, or only the sender or the receiver.</summary>
    public string Role { get; init; } = "both";

    /// <summary>What a dealer does, and a router: rpc, connections, handshake or stream.</summary>
    public string Mode { get; init; } = "rpc";

    public bool Verify { get; init; }

    /// <summary>Whether a case warms up for no longer than it is told to, even if the compiler is not done then.</summary>
    public bool IsCold { get; init; }

    /// <summary>Whether this half accepts others: in CURVE the one who need not know the other's key, in PLAIN the one who binds.</summary>
    public bool IsServer => Mechanism == MechanismNames.Curve ? ServerKey is null : Bind;

    /// <summary>The transport in the JSON line: that of the endpoint, once there is one.</summary>
    public string TransportName => Endpoint.IndexOf("://", StringComparison.Ordinal) is > 0 and var end ? Endpoint[..end] : Transport;
}
