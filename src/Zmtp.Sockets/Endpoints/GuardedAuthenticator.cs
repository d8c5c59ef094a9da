using Microsoft.Extensions.Logging;
using Zmtp.Security;
using Zmtp.Threading;
using Zmtp.Zap;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// Gives the application's authenticator tokens of its own. A callback that it registers with a token may block, and a thread that closes a
/// socket waits for the callbacks of a handshake's token: it must not be held up. And what such a callback throws is told as the
/// authenticator's fault, not as a defect of the endpoint where the peer is. The authenticator may block before its first await, too: so it is
/// called in turns.
/// </summary>
/// <param name="authenticator">The authenticator.</param>
/// <param name="log">Hears what it throws when it is told to give up.</param>
internal sealed class GuardedAuthenticator(IAuthenticator authenticator, ILogger log) : IAuthenticator
{
    // Those of ours block nothing: what they ask of the application's has turns of its own.
    private readonly TurnQueue? _turns = authenticator is Authenticator or ZapClient ? null : AuthenticatorTurns.Of(authenticator);

    public async ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        // Not disposed: it holds nothing, and the authenticator may be told on the pool later than its answer comes.
        var stop = new CancellationTokenSource();

        // Until the answer, not until somebody gives up waiting for it: an authenticator that blocks hears of it, too.
        using var givingUp = cancellationToken.UnsafeRegister(_ => _ = TellAsync(stop), null);
        if (_turns is not null && !_turns.TryEnter()) await WaitForTurnAsync(_turns, request.Address, cancellationToken).ConfigureAwait(false);
        return await BeginAsync(request, stop.Token).ConfigureAwait(false);
    }

    private static async ValueTask WaitForTurnAsync(TurnQueue turns, string address, CancellationToken cancellationToken)
    {
        // There is always room to wait: who may ask is bounded already.
        var turn = turns.Enter(AddressKey.OfTurns(address))!;
        try
        {
            await turn.Comes.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            turns.Abandon(turn);
            throw;
        }
    }

    /// <summary>Has the turn until it has begun: what it awaits is side by side.</summary>
    private ValueTask<AuthenticationResult> BeginAsync(AuthenticationRequest request, CancellationToken stop)
    {
        try
        {
            using (ForeignCall.Enter()) return authenticator.AuthenticateAsync(request, stop);
        }
        finally
        {
            _turns?.Leave();
        }
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
