using Zmtp.Security;

namespace Zmtp.Sockets.Tests.Diagnostics;

/// <summary>An authenticator made of a function.</summary>
internal sealed class FunctionAuthenticator(Func<AuthenticationRequest, Task<AuthenticationResult>> decide) : IAuthenticator
{
    public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken) =>
        new(decide(request));
}
