using System.Text;
using Zmtp.Testing;

namespace Zmtp.Cli.Tests;

/// <summary>A writer that others can wait for.</summary>
internal sealed class WatchedWriter : TextWriter
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();
    private TaskCompletionSource _written = New();

    public override Encoding Encoding => Encoding.UTF8;

    public string Text
    {
        get
        {
            lock (_gate) return _text.ToString();
        }
    }

    public override void Write(char value) => Add(value.ToString());

    public override void Write(string? value) => Add(value ?? "");

    public override void Write(char[] buffer, int index, int count) => Add(new string(buffer, index, count));

    public override void WriteLine(string? value) => Add(value + "\n");

    public override Task WriteAsync(string? value)
    {
        Add(value ?? "");
        return Task.CompletedTask;
    }

    public override Task WriteLineAsync(string? value)
    {
        WriteLine(value);
        return Task.CompletedTask;
    }

    /// <summary>Waits for a line that begins so.</summary>
    public async Task<string> WaitForAsync(string beginning)
    {
        while (true)
        {
            Task written;
            lock (_gate)
            {
                var line = Array.Find(_text.ToString().Split('\n')[..^1], line => line.StartsWith(beginning, StringComparison.Ordinal));
                if (line is not null) return line[beginning.Length..].Trim();
                written = _written.Task;
            }

            await written.WithinAsync(what: $"a line \"{beginning}…\"; so far: {Text}");
        }
    }

    private void Add(string text)
    {
        TaskCompletionSource written;
        lock (_gate)
        {
            _text.Append(text);
            written = _written;
            _written = New();
        }

        written.SetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
