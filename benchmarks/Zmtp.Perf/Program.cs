using Zmtp.Perf;
using Zmtp.Perf.Cases;
using Zmtp.Perf.Links;

const int Succeeded = 0;
const int Failed = 1;
const int Misused = 2;
const int Unsupported = 4;

try
{
    // Sockets that are still on their way out do not keep the process: the figures are out.
    var result = Run(args);
    Environment.Exit(result);
    return result;
}
catch (UsageException e)
{
    Console.Error.WriteLine(e.Message);
    return Misused;
}

static int Run(string[] arguments)
{
    if (arguments is [] or ["--help", ..])
    {
        Console.Error.WriteLine(Usage.Text);
        return arguments.Length == 0 ? Misused : Succeeded;
    }

    var verb = arguments[0];
    switch (verb)
    {
        case "info":
            JsonLine.PrintInfo();
            return Succeeded;
        case "keygen":
            JsonLine.PrintNewKeys();
            return Succeeded;
        case PairOfProcesses.Verb:
            return PairOfProcesses.RunOther();
    }

    var definition = Case.Find(verb);
    if (definition is null && !Role.All.Contains(verb)) throw new UsageException($"There is no case or role {verb}.\n{Usage.Text}");
    var rest = arguments[1..];
    var options = OptionsParser.Parse(verb, rest);
    if (!IsSupported(options))
    {
        JsonLine.Print(options, new Outcome { Error = "unsupported" });
        return Unsupported;
    }

    if (definition is not null && options.Role == "both") return CaseRunner.Run(definition, options, rest) ? Succeeded : Failed;
    if (definition is not null) options = options with { Mode = definition.Mode };
    return RunRole(definition is null ? verb : options.Role == "sender" ? definition.Sender : definition.Receiver, options);
}

static bool IsSupported(Options options) =>
    Library.Transports.Contains(options.TransportName) && Library.Mechanisms.Contains(options.Mechanism) &&
    Library.Apis.Contains(options.Api);

static int RunRole(string role, Options options)
{
    if (options.Endpoint.Length == 0) throw new UsageException($"{role} needs --endpoint.");
    using var watchdog = new Watchdog(options.TimeLimit, () => JsonLine.Print(options, new Outcome { Error = "timed out" }));
    using var library = new Library();
    using var link = new HandLink(options.Endpoint);
    var outcome = library.Run(role, options, link);
    JsonLine.Print(options, outcome);
    return outcome.Error is null ? Succeeded : Failed;
}
