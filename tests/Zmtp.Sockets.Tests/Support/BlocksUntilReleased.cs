using Zmtp.Security;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>An authenticator that blocks its thread until the test releases all of them, and then lets everybody in.</summary>
internal sealed class BlocksUntilReleased : IAuthenticator, IDisposable
{
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _released = new();
    private readonly List<(int Count, TaskCompletionSource Reached)> _awaited = [];
    private readonly List<string> _addresses = [];
    private int _now;

    /// <summary>How many it has blocked at once.</summary>
    public int Most { get; private set; }

    /// <summary>Who was asked about, in order.</summary>
    public IReadOnlyList<string> Addresses
    {
        get
        {
            lock (_gate) return [.. _addresses];
        }
    }

    /// <summary>Completes when so many are blocked at once.</summary>
    public Task HasBlocked(int count)
    {
        lock (_gate)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (Most >= count) reached.SetResult();
            else _awaited.Add((count, reached));
            return reached.Task;
        }
    }

    public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _addresses.Add(request.Address);
            Most = Math.Max(Most, ++_now);
            foreach (var (_, reached) in _awaited.Where(one => Most >= one.Count)) reached.TrySetResult();
        }

        _released.Wait(CancellationToken.None);
        lock (_gate) _now--;
        return new(AuthenticationResult.Success());
    }

    public void Release() => _released.Set();

    public void Dispose() => _released.Dispose();
}
