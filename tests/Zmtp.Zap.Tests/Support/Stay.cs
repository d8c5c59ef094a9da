using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>A peer that was let in, without a connection: the test says when it leaves.</summary>
internal sealed class Stay : IDisposable
{
    private readonly Admission _admission;
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Stay(AuthenticationResult result)
    {
        Result = result;
        _admission = result.Admission ?? throw new InvalidOperationException("The verdict has no admission.");
        _admission.OnRevoked(reason => _ended.TrySetResult(reason));
    }

    public AuthenticationResult Result { get; }

    public bool IsRevoked => _admission.RevocationReason is not null;

    /// <summary>Asks, and must be let in.</summary>
    public static async Task<Stay> BeginAsync(IAuthenticator authenticator, AuthenticationRequest request)
    {
        var result = await authenticator.AuthenticateAsync(request, TestTimeout.Token).WithinAsync();
        Assert.True(result.Status == AuthenticationStatus.Success, $"{(int)result.Status} {result.Text}");
        return new Stay(result);
    }

    /// <summary>Waits until the stay is revoked.</summary>
    /// <returns>The reason.</returns>
    public Task<string> RevokedAsync() => _ended.Task.WithinAsync();

    public void Dispose() => _admission.Dispose();
}
