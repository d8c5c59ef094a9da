using Microsoft.Extensions.Time.Testing;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>A clock that stands still, counts who asks for the time, and keeps them waiting while it is closed: as a disk that hangs does.</summary>
internal sealed class GatedTime() : FakeTimeProvider(DateTimeOffset.UtcNow), IDisposable
{
    private readonly ManualResetEventSlim _isOpen = new(initialState: true);
    private int _asked;

    public int Asked => Volatile.Read(ref _asked);

    public void Close() => _isOpen.Reset();

    public override DateTimeOffset GetUtcNow()
    {
        Interlocked.Increment(ref _asked);
        _isOpen.Wait(TestTimeout.Default);
        return base.GetUtcNow();
    }

    /// <summary>Opens it: who still waits goes on.</summary>
    public void Dispose() => _isOpen.Set();
}
