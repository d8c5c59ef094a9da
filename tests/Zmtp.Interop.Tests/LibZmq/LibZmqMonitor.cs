using System.Buffers.Binary;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Zmtp.Testing;

namespace Zmtp.Interop.Tests.LibZmq;

/// <summary>The events of a libzmq socket, in order.</summary>
internal sealed class LibZmqMonitor(LibZmqSocket pair) : IDisposable
{
    private readonly List<(LibZmqEvent Event, uint Value)> _seen = [];

    /// <summary>Every event read so far.</summary>
    public IReadOnlyList<(LibZmqEvent Event, uint Value)> Seen => _seen;

    /// <summary>
    /// Reads events until <paramref name="wanted"/> comes, for <see cref="TestTimeout.Default"/> or as long as is said, however many others come.
    /// </summary>
    /// <returns>Its value: an errno, a ZAP status or a protocol code.</returns>
    public uint WaitFor(LibZmqEvent wanted, TimeSpan? within = null)
    {
        var waited = Stopwatch.StartNew();
        while (waited.Elapsed < (within ?? TestTimeout.Default) && TryReceive(out var message))
        {
            var kind = (LibZmqEvent)BinaryPrimitives.ReadUInt16LittleEndian(message.Frames[0]);
            uint value = BinaryPrimitives.ReadUInt32LittleEndian(message.Frames[0].AsSpan(2));
            _seen.Add((kind, value));
            if (kind == wanted)
            {
                return value;
            }
        }

        throw new Xunit.Sdk.XunitException($"libzmq did not raise {wanted}; it raised: {string.Join(", ", _seen)}");
    }

    /// <summary>As <see cref="WaitFor"/>, on a thread of its own.</summary>
    public Task<uint> WaitForAsync(LibZmqEvent wanted) => Task.Factory.StartNew(
        () => WaitFor(wanted), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Dispose() => pair.Dispose();

    private bool TryReceive([NotNullWhen(true)] out LibZmqMessage? message)
    {
        try
        {
            message = pair.Receive();
            return true;
        }
        catch (LibZmqException e) when (e.IsTimeout)
        {
            message = null;
            return false;
        }
    }
}
