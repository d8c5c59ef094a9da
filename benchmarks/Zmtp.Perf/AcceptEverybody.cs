using Zmtp.Security;

namespace Zmtp.Perf;

/// <summary>The authenticator of the PLAIN measurements: asked, because PLAIN asks, and content with any password.</summary>
internal sealed class AcceptEverybody : IAuthenticator
{
    public static readonly AcceptEverybody Instance = new();

    private static readonly AuthenticationResult Accepted = AuthenticationResult.Success("user");

    private AcceptEverybody()
    {
    }

    public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken) =>
        new(Accepted);
}
