using System.Globalization;

namespace Zmtp.Perf;

/// <summary>Reads the command line. Of an option that comes twice the last one holds.</summary>
internal sealed class OptionsParser
{
    private const double DefaultWarmupSeconds = 1.0;

    private const double DefaultSeconds = 1.0;
    private const long DefaultPublications = 100_000;
    private const int DefaultClients = 1000;
    private const int DefaultSubscribers = 4;
    private const int DefaultPeers = 32;

    private readonly Queue<string> _arguments;
    private string _option = "";

    private OptionsParser(IEnumerable<string> arguments) => _arguments = new Queue<string>(arguments);

    /// <summary>Reads the arguments after the case or role.</summary>
    /// <exception cref="UsageException">They do not make sense; the message says why.</exception>
    public static Options Parse(string name, IEnumerable<string> arguments)
    {
        var parser = new OptionsParser(arguments);
        var options = new Options { Name = name, Peers = name is "fanout" or "stream" ? DefaultPeers : 1 };
        long? warmup = null;
        double? warmupSeconds = null;
        while (parser._arguments.TryDequeue(out parser._option!))
        {
            if (parser._option == "--warmup") warmup = parser.Long();
            else if (parser._option == "--warmup-seconds") warmupSeconds = parser.Real();
            else options = parser.Apply(options);
        }

        options = Complete(options);
        var mayWarmUpLonger = options.Role == "both" && !options.IsCold;
        var least = mayWarmUpLonger ? CompilerTime.Of(name).TotalSeconds : 0;

        // There the measured part begins when everybody has all of the warm-up.
        var leastWarmup = name == "pubsub" ? 1 : 0;
        return options with
        {
            Warmup = Math.Max(warmup ?? options.Count / 10, leastWarmup),
            WarmupSeconds = Math.Max(warmupSeconds ?? DefaultWarmupSeconds, least),
        };
    }

    private Options Apply(Options options) => _option switch
    {
        "--endpoint" => options with { Endpoint = Text() },
        "--bind" => options with { Bind = true },
        "--connect" => options with { Bind = false },
        "--transport" => options with { Transport = OneOf("tcp", "ipc", "inproc") },
        "--size" => WithSizes(options),
        "--count" => options with { Count = Long() },
        "--seconds" => options with { Seconds = Real() },
        "--mechanism" => options with { Mechanism = OneOf(MechanismNames.All) },
        "--cipher" => options with { Cipher = OneOf("libsodium", "vector") == "vector" ? Cipher.Vector : Cipher.Libsodium },
        "--serverkey" => options with { ServerKey = Text() },
        "--publickey" => options with { PublicKey = Text() },
        "--secretkey" => options with { SecretKey = Text() },
        "--username" => options with { Username = Text() },
        "--password" => options with { Password = Text() },
        "--hwm" => options with { HighWaterMark = Int() },
        "--subs" => options with { Subscribers = Int() },
        "--peers" => options with { Peers = Math.Max(1, Int()) },
        "--clients" => options with { Clients = Int() },
        "--parallel" => options with { Parallel = Math.Max(1, Int()) },
        "--window" => options with { Window = Math.Max(1, Int()) },
        "--procs" => options with { Processes = Int() },
        "--idle" => options with { Idle = Real() },
        "--timeout" => options with { Timeout = Int() },
        "--role" => options with { Role = OneOf("both", "sender", "receiver") },
        "--mode" => options with { Mode = OneOf("rpc", "connections", "handshake", "stream") },
        "--verify" => options with { Verify = true },
        "--cold" => options with { IsCold = true },
        "--impl" => options with { Implementation = Text() },
        "--api" => options with { Api = OneOf("sync", "async") == "async" ? Api.Async : Api.Sync },
        "--io-threads" => WithoutIoThreads(options),
        _ => throw new UsageException($"There is no option {_option}."),
    };

    private static Options Complete(Options options)
    {
        var publishes = options.Name is "pubsub" or "pub" or "sub";
        if (options.Count <= 0 && options.Seconds <= 0)
        {
            options = publishes ? options with { Count = DefaultPublications } : options with { Seconds = DefaultSeconds };
        }

        if (publishes && options.Count <= 0) throw new UsageException($"{options.Name} goes by --count, not by --seconds.");
        var connects = options.Name == "connections" || (options.Name == "dealer" && options.Mode == "connections");
        if (connects && options.Clients <= 0) options = options with { Clients = DefaultClients };
        if (options.Name == "pubsub" && options.Subscribers <= 0) options = options with { Subscribers = DefaultSubscribers };
        return options;
    }

    private Options WithSizes(Options options)
    {
        var sizes = Text().Split(',').Select(text => Number<int>(text)).ToArray();
        return options with { Sizes = sizes, Size = sizes[0] };
    }

    /// <summary>
    /// There is nothing to set. On Linux the library has threads of its own that wait for sockets, as many as there are cores and two at least, and
    /// elsewhere the runtime's; NetMQ has one.
    /// </summary>
    private Options WithoutIoThreads(Options options)
    {
        _ = Int();
        return options;
    }

    private string OneOf(params string[] choices)
    {
        var text = Text();
        if (choices.Contains(text)) return text;
        throw new UsageException($"{_option} is one of {string.Join(", ", choices)}, not {text}.");
    }

    private int Int() => Number<int>(Text());

    private long Long() => Number<long>(Text());

    private double Real() => Number<double>(Text());

    private T Number<T>(string text)
        where T : struct, System.Numerics.INumber<T>
    {
        if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= T.Zero) return number;
        throw new UsageException($"{_option} takes a number that is not negative; \"{text}\" is none.");
    }

    private string Text()
    {
        if (_arguments.TryDequeue(out var text)) return text;
        throw new UsageException($"{_option} needs a value.");
    }
}
