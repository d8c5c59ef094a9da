using Zmtp.Security;

namespace Zmtp.Core.Tests.Engine;

/// <summary>Notes whether it is asked on the thread that made it, while that one accepts or connects.</summary>
internal sealed class ThreadNoter : IAuthenticator
{
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly TaskCompletionSource<bool> _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isAtIt;

    public Task<bool> WasAskedMeanwhile => _asked.Task;

    public bool IsAtIt
    {
        get => _isAtIt;
        set => _isAtIt = value;
    }

    /// <summary>What it answers.</summary>
    public AuthenticationResult Verdict { get; init; } = AuthenticationResult.Success("u");

    public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        _asked.SetResult(IsAtIt && Environment.CurrentManagedThreadId == _thread);
        return ValueTask.FromResult(Verdict);
    }
}
