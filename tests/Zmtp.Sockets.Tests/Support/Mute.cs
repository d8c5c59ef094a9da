using Zmtp.Security;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>An authenticator that says nothing until it is told to, and counts what it is asked meanwhile.</summary>
internal sealed class Mute : IAuthenticator
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _now;
    private int _most;

    public bool WatchesToken { get; init; } = true;

    public int Now => Volatile.Read(ref _now);

    public int Most => Volatile.Read(ref _most);

    public AuthenticationResult? Verdict { get; set; }

    public async ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        if (Verdict is { } verdict) return verdict;
        var now = Interlocked.Increment(ref _now);
        for (var most = Most; now > most; most = Most) Interlocked.CompareExchange(ref _most, now, most);
        try
        {
            await _end.Task.WaitAsync(WatchesToken ? cancellationToken : CancellationToken.None);
        }
        finally
        {
            Interlocked.Decrement(ref _now);
        }

        return Verdict!;
    }

    public void Answer() => _end.SetResult();
}
