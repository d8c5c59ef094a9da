using System.Text.Json;

namespace Zmtp.Compare;

/// <summary>A program that measures one implementation by the common command line, and what it says about itself.</summary>
internal sealed class Peer
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(60);

    private IReadOnlyList<string> _mechanisms = [];
    private IReadOnlyList<string> _transports = [];
    private string _usage = "";

    private Peer(IReadOnlyList<string> command) => Command = command;

    public IReadOnlyList<string> Command { get; }

    /// <summary>The version of the library.</summary>
    public string Version { get; private set; } = "";

    /// <summary>What its code runs on; empty for compiled code, which needs no warm-up.</summary>
    public string Runtime { get; private set; } = "";

    public static Peer Native(string path) => new([path]);

    public static Peer Managed(string path) => new(["dotnet", path]);

    /// <summary>Which of the two it does not have; null if it has both.</summary>
    public string? Lacks(string transport, string mechanism)
    {
        if (!_transports.Contains(transport)) return transport;
        return _mechanisms.Contains(mechanism) ? null : mechanism;
    }

    /// <summary>Whether its explanation of the command line has an option.</summary>
    public bool Knows(string option) => _usage.Contains(option, StringComparison.Ordinal);

    /// <summary>Asks the program what it is; more than once does no harm.</summary>
    /// <exception cref="InvalidOperationException">It cannot be run, or says something else.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public void Ask(CancellationToken interruption)
    {
        if (Version.Length > 0) return;
        var answer = PeerProcess.Run([.. Command, "info"], AnswerLimit, interruption);
        Learn(answer, PeerProcess.Run([.. Command, "--help"], AnswerLimit, interruption).Error);
    }

    /// <summary>Takes note of what the program has answered.</summary>
    /// <param name="answer">To the question what it is.</param>
    /// <param name="usage">Its explanation of the command line.</param>
    /// <exception cref="InvalidOperationException">It has said something else.</exception>
    public void Learn(PeerProcess answer, string usage)
    {
        try
        {
            using var info = JsonDocument.Parse(answer.Output);
            Version = info.RootElement.GetProperty("version").GetString() ?? "";
            Runtime = info.RootElement.TryGetProperty("runtime", out var runtime) ? runtime.GetString() ?? "" : "";
            _mechanisms = Strings(info.RootElement.GetProperty("mechanisms"));
            _transports = Strings(info.RootElement.GetProperty("transports"));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            var command = string.Join(' ', Command);
            throw new InvalidOperationException($"'{command} info' gave no JSON line; was it built? {answer.LastError}", e);
        }

        _usage = usage;
    }

    private static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(static item => item.GetString() ?? "")];
}
