using System.Globalization;
using Zmtp.Perf.Cases;

namespace Zmtp.Perf;

/// <summary>Runs both halves of a case, once for each size.</summary>
internal static class CaseRunner
{
    /// <returns>Whether all of them have succeeded.</returns>
    public static bool Run(Case definition, Options options, IReadOnlyList<string> arguments)
    {
        var succeeded = true;
        foreach (var size in options.Sizes)
        {
            var mine = WithoutWhatIsOfOthers(definition, options with { Size = size });
            using var watchdog = new Watchdog(options.TimeLimit, () => JsonLine.Print(mine, new Outcome { Error = "timed out" }));
            var outcome = RunOne(definition, mine, arguments);
            JsonLine.Print(mine, outcome);
            succeeded &= outcome.Error is null;
        }

        return succeeded;
    }

    /// <summary>Inproc has no mechanism and one process; what belongs to another case is not to appear in the line.</summary>
    private static Options WithoutWhatIsOfOthers(Case definition, Options options)
    {
        var isInproc = options.Transport == "inproc";
        return options with
        {
            Endpoint = options.Transport switch
            {
                "tcp" => "tcp://127.0.0.1:*",
                "ipc" => $"ipc://{IpcPath}",
                _ => "inproc://zmtp-perf",
            },
            Processes = isInproc ? 1 : options.Processes,
            Mechanism = isInproc ? MechanismNames.Null : options.Mechanism,
            Mode = definition.Mode,
            Bind = definition.Binder == definition.Measurer,
            Subscribers = definition.Name == "pubsub" ? options.Subscribers : 0,
            Peers = definition.Name is "fanout" or "stream" ? options.Peers : 1,
            Parallel = definition.Name == "handshake" ? options.Parallel : 1,
            Clients = definition.Name == "connections" ? options.Clients : 0,
        };
    }

    private static string IpcPath => Path.Combine(Path.GetTempPath(), $"zmtp-perf-{Environment.ProcessId}");

    private static Outcome RunOne(Case definition, Options mine, IReadOnlyList<string> arguments)
    {
        var others = mine with { Bind = !mine.Bind };
        if (mine.Mechanism == MechanismNames.Curve) (mine, others) = WithKeys(mine, others);
        try
        {
            return mine.Processes == 1
                ? PairOfThreads.Run(definition.Measurer, mine, definition.Other, others)
                : PairOfProcesses.Run(definition.Measurer, mine, definition.Other, [.. arguments, .. Differences(others)]);
        }
        finally
        {
            // A process that was killed has left it behind.
            if (mine.Transport == "ipc") File.Delete(IpcPath);
        }
    }

    /// <summary>Who binds is the server.</summary>
    private static (Options Mine, Options Others) WithKeys(Options mine, Options others)
    {
        var (serverKey, serverSecret) = Library.NewKeys();
        var (clientKey, clientSecret) = Library.NewKeys();
        Options AsServer(Options options) => options with { ServerKey = null, SecretKey = serverSecret };
        Options AsClient(Options options) => options with { ServerKey = serverKey, PublicKey = clientKey, SecretKey = clientSecret };
        return mine.Bind ? (AsServer(mine), AsClient(others)) : (AsClient(mine), AsServer(others));
    }

    /// <summary>What this half has made up: it follows the arguments that both have in common, and so holds.</summary>
    private static IEnumerable<string> Differences(Options options)
    {
        yield return options.Bind ? "--bind" : "--connect";
        yield return "--endpoint";
        yield return options.Endpoint;
        yield return "--size";
        yield return options.Size.ToString(CultureInfo.InvariantCulture);
        yield return "--mode";
        yield return options.Mode;
        yield return "--peers";
        yield return options.Peers.ToString(CultureInfo.InvariantCulture);
        if (options.SecretKey is not null)
        {
            yield return "--secretkey";
            yield return options.SecretKey;
        }

        if (options.ServerKey is not null)
        {
            yield return "--serverkey";
            yield return options.ServerKey;
        }

        if (options.PublicKey is not null)
        {
            yield return "--publickey";
            yield return options.PublicKey;
        }
    }
}
