using Zmtp.Security;

namespace Zmtp.Zap.Tests;

/// <summary>An authenticator made of a function.</summary>
internal sealed class DelegateAuthenticator(
    Func<AuthenticationRequest, CancellationToken, ValueTask<AuthenticationResult>> answer) : IAuthenticator
{
    public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken) =>
        answer(request, cancellationToken);
}

/// <summary>A channel made of a function.</summary>
internal sealed class DelegateChannel(
    Func<IReadOnlyList<ReadOnlyMemory<byte>>, CancellationToken, ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>>> answer) : IZapChannel
{
    public ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> RequestAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> request, CancellationToken cancellationToken) => answer(request, cancellationToken);
}
