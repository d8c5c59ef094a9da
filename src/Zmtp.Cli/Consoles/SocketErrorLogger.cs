using Microsoft.Extensions.Logging;
using Zmtp.Cli.Messages;

namespace Zmtp.Cli.Consoles;

/// <summary>
/// What goes wrong with a socket's connections, as sentences on standard error. The socket's report says what is news; a log's columns are nothing for
/// people at a terminal.
/// </summary>
internal sealed class SocketErrorLogger(TextWriter error) : ILogger
{
    private const int Refused = 3702;
    private const int Ended = 3703;
    private const int NotReached = 3704;
    private const int TooMany = 3706;

    /// <summary>
    /// Whether a handshake that fails is this end's refusal of the peer. A connecting end refuses only by its own verdict: it asked to be
    /// let in, and the reason says which end did what.
    /// </summary>
    public bool Refuses { get; set; } = true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        var values = state as IReadOnlyList<KeyValuePair<string, object?>> ?? [];
        var sentence = eventId.Id switch
        {
            Refused when !Refuses => $"No connection with {Peer(values)}: {Value(values, "Reason")}",
            Refused => $"Refused {Peer(values)}: {Value(values, "Reason")}",
            Ended => $"{Peer(values)} was disconnected: {Value(values, "Reason")}",
            NotReached => $"{Value(values, "Endpoint")}: {Value(values, "Reason")}",
            TooMany => $"{Value(values, "Who")}: more than {Value(values, "Count")} different failures within a minute; --verbose shows all.",
            _ => $"zmtp: {formatter(state, exception)}",
        };
        var line = Printable.Line(sentence);
        lock (error) error.WriteLine(line);
    }

    /// <summary>Where the peer is; where that is not known, as over ipc, the endpoint that it came over.</summary>
    private static string Peer(IReadOnlyList<KeyValuePair<string, object?>> values) =>
        Value(values, "RemoteEndpoint") is { Length: > 0 } remote ? remote : Value(values, "Endpoint");

    private static string Value(IReadOnlyList<KeyValuePair<string, object?>> values, string name) =>
        values.FirstOrDefault(pair => pair.Key == name).Value?.ToString() ?? "";
}
