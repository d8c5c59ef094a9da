using System.Collections.Concurrent;
using Zmtp.Security;

namespace Zmtp.Interop.Tests.Support;

/// <summary>Answers by a script and keeps copies of what it was asked; the credentials themselves are erased.</summary>
internal sealed class ScriptedAuthenticator(Func<AuthenticationRequest, AuthenticationResult> script) : IAuthenticator
{
    private readonly ConcurrentQueue<AuthenticationRequest> _requests = new();

    public IReadOnlyCollection<AuthenticationRequest> Requests => _requests;

    public static ScriptedAuthenticator Answering(AuthenticationResult result) => new(_ => result);

    public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        _requests.Enqueue(new AuthenticationRequest(
            request.Domain,
            request.Address,
            request.Identity.ToArray(),
            request.Mechanism,
            [.. request.Credentials.Select(credential => (ReadOnlyMemory<byte>)credential.ToArray())]));
        return ValueTask.FromResult(script(request));
    }
}
