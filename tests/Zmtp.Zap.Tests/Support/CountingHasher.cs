using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Zmtp.Zap.Tests;

/// <summary>Counts what is computed, and computes something cheap. With a gate, each computation waits until it is opened.</summary>
internal sealed class CountingHasher : IPasswordHasher
{
    private readonly ConcurrentQueue<PasswordHashParameters> _computed = new();
    private int _running;
    private int _mostRunning;

    public ManualResetEventSlim? Gate { get; init; }

    public SemaphoreSlim Begun { get; } = new(0);

    public int MostRunning => Volatile.Read(ref _mostRunning);

    public bool OnPoolThread { get; private set; }

    public int Count => _computed.Count;

    public void Derive(PasswordHashParameters parameters, ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, Span<byte> hash)
    {
        var running = Interlocked.Increment(ref _running);
        InterlockedMax(running);
        _computed.Enqueue(parameters);
        OnPoolThread |= Thread.CurrentThread.IsThreadPoolThread;
        Begun.Release();
        if (Gate?.Wait(TimeSpan.FromSeconds(20)) == false) throw new TimeoutException("Nobody opened the gate.");
        SHA256.HashData([.. salt, .. password, (byte)parameters.Passes]).AsSpan(0, hash.Length).CopyTo(hash);
        Interlocked.Decrement(ref _running);
    }

    /// <summary>What was computed since the last call.</summary>
    public PasswordHashParameters[] Take()
    {
        List<PasswordHashParameters> taken = [];
        while (_computed.TryDequeue(out var parameters)) taken.Add(parameters);
        return [.. taken.OrderBy(parameters => parameters.MemoryKiB)];
    }

    private void InterlockedMax(int running)
    {
        for (var most = MostRunning; running > most; most = MostRunning)
        {
            if (Interlocked.CompareExchange(ref _mostRunning, running, most) == most) return;
        }
    }
}
