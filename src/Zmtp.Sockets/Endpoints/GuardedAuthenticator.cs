using Microsoft.Extensions.Logging;
using Zmtp.Security;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// Gives the application's authenticator tokens of its own. A callback that it registers with a token may block, and a thread that closes a
/// socket waits for the callbacks of a handshake's token: it must not be held up. And what such a callback throws is told as the
/// authenticator's fault, not as a defect of the endpoint where the peer is.
/// </summary>
/// <param name="authenticator">The authenticator.</param>
/// <param name="log">Hears what it throws when it is told to give up.</param>
internal sealed class GuardedAuthenticator(IAuthenticator authenticator, ILogger log) : IAuthenticator
{
    public async ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        // Not disposed: it holds nothing, and the authenticator may be told on the pool later than its answer comes.
        var stop = new CancellationTokenSource();

        // Until the answer, not until somebody gives up waiting for it: an authenticator that blocks hears of it, too.
        using var givingUp = cancellationToken.UnsafeRegister(_ => _ = TellAsync(stop), null);
        return await authenticator.AuthenticateAsync(request, stop.Token).ConfigureAwait(false);
    }

    private async Task TellAsync(CancellationTokenSource stop)
    {
        try
        {
            await stop.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            SocketLog.GiveUpFailed(log, e);
        }
    }
}
