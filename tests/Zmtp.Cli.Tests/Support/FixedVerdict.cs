using Zmtp.Security;

namespace Zmtp.Cli.Tests;

/// <summary>An authenticator that gives everybody the same verdict.</summary>
internal sealed class FixedVerdict(AuthenticationResult verdict) : IAuthenticator
{
    public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken) =>
        new(verdict);
}
