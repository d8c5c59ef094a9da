using Zmtp.Security;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>An authenticator that gives everybody the same verdict.</summary>
internal sealed class FixedVerdict(AuthenticationResult verdict) : IAuthenticator
{
    /// <summary>Lets everybody in.</summary>
    public static FixedVerdict Success => new(AuthenticationResult.Success());

    public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken) =>
        new(verdict);
}
