using System.Text;
using Zmtp.Testing;

namespace Zmtp.Cli.Tests;

/// <summary>What was written to standard output, for others to wait for.</summary>
internal sealed class WatchedStream : MemoryStream
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _written = New();

    public override byte[] ToArray()
    {
        lock (_gate) return base.ToArray();
    }

    // The other overloads of a derived memory stream end here.
    public override void Write(byte[] buffer, int offset, int count)
    {
        TaskCompletionSource written;
        lock (_gate)
        {
            base.Write(buffer, offset, count);
            written = _written;
            _written = New();
        }

        written.SetResult();
    }

    /// <summary>Waits until the text is there.</summary>
    public async Task WaitForAsync(string text)
    {
        while (true)
        {
            Task written;
            string sofar;
            lock (_gate)
            {
                sofar = Encoding.UTF8.GetString(ToArray());
                written = _written.Task;
            }

            if (sofar.Contains(text, StringComparison.Ordinal)) return;
            await written.WithinAsync(what: $"\"{text}\"; so far: {sofar}");
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
