using System.Diagnostics.CodeAnalysis;
using System.Text;
using Spectre.Console;
using Zmtp.Cli.Consoles;

namespace Zmtp.Cli.Tests;

/// <summary>A console of a test's own: input from memory, output kept, questions answered from a list.</summary>
[SuppressMessage("Design", "CA1001", Justification = "All of it is memory, which a test may look at to its end.")]
internal sealed class TestConsole : IConsole
{
    private readonly Dictionary<string, string> _variables = [];
    private readonly Queue<string> _answers = new();
    private readonly WatchedStream _out = new();
    private readonly WatchedWriter _error = new();
    private readonly StreamWriter _outText;

    /// <param name="output">Standard output in place of one whose octets are kept; null for that.</param>
    public TestConsole(Stream? output = null)
    {
        Out = output ?? _out;
        _outText = new StreamWriter(Out, new UTF8Encoding(false), leaveOpen: true) { AutoFlush = true };
        OutText = TextWriter.Synchronized(_outText);
    }

    public Stream In { get; set; } = Stream.Null;

    public Stream Out { get; }

    public TextWriter OutText { get; }

    public TextWriter Error => _error;

    public bool IsInteractive { get; private set; }

    public bool IsOutTerminal => false;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What was written to standard output.</summary>
    public string Output => Encoding.UTF8.GetString(_out.ToArray());

    /// <summary>The octets that were written to standard output.</summary>
    public byte[] OutputOctets => _out.ToArray();

    /// <summary>The lines of standard output.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What was written to standard error.</summary>
    public string Errors => _error.Text;

    /// <summary>What was asked.</summary>
    public List<string> Questions { get; } = [];

    /// <summary>The passwords that were given as answers.</summary>
    public List<Secret> Secrets { get; } = [];

    public string? Variable(string name) => _variables.GetValueOrDefault(name);

    public IAnsiConsole Screen(bool withColour) => SystemConsole.CreateScreen(OutText, isTerminal: false, withColour: false);

    public Task<string> AskAsync(string question, CancellationToken cancellationToken)
    {
        Questions.Add(question);
        return Task.FromResult(_answers.Dequeue());
    }

    public Task<Secret> AskSecretAsync(string question, CancellationToken cancellationToken)
    {
        Questions.Add(question);
        Secrets.Add(Secret.FromUtf8(Encoding.UTF8.GetBytes(_answers.Dequeue())));
        return Task.FromResult(Secrets[^1]);
    }

    /// <summary>Somebody sits there and gives these answers.</summary>
    public TestConsole Answering(params string[] answers)
    {
        IsInteractive = true;
        foreach (var answer in answers) _answers.Enqueue(answer);
        return this;
    }

    /// <summary>Standard input holds this text.</summary>
    public TestConsole Reading(string text)
    {
        In = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return this;
    }

    /// <summary>The environment has this variable.</summary>
    public TestConsole With(string variable, string value)
    {
        _variables[variable] = value;
        return this;
    }

    /// <summary>Waits until standard error holds a line that begins so, and returns what follows.</summary>
    public Task<string> WaitForErrorAsync(string beginning) => _error.WaitForAsync(beginning);

    /// <summary>Waits until standard output holds this text.</summary>
    public Task WaitForOutputAsync(string text) => _out.WaitForAsync(text);
}
