using Zmtp.Security;

namespace Zmtp.Zap;

/// <summary>
/// Asks a ZAP handler (RFC 27) through a channel. Safe for concurrent calls: every request has an id of its own.
/// </summary>
/// <remarks>
/// The client of a context gets the <see cref="Admission"/> of an authenticator that the same context serves, so that it can end
/// connections also when it is asked by frames. From any other handler there is none: frames cannot carry it.
/// </remarks>
public sealed class ZapClient : IAuthenticator
{
    /// <summary>How long a handler may take by default: 10 s, a third of the default handshake time.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(1);

    private readonly IZapChannel _channel;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly AdmissionDesk _desk = new();

    /// <summary>Creates a client.</summary>
    /// <param name="channel">The way to the handler; not disposed.</param>
    /// <param name="timeout">
    /// How long the handler may take, longer than zero and at most 1 day; null for <see cref="DefaultTimeout"/>.
    /// </param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is out of its range.</exception>
    public ZapClient(IZapChannel channel, TimeSpan? timeout = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(channel);
        _channel = channel;
        _timeout = timeout ?? DefaultTimeout;
        _time = time ?? TimeProvider.System;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(_timeout, TimeSpan.Zero, nameof(timeout));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_timeout, LongestTimeout, nameof(timeout));
    }

    /// <summary>Asks the handler.</summary>
    /// <param name="request">The facts.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The handler's verdict; <see cref="AuthenticationStatus.TemporaryError"/> when it took too long.</returns>
    /// <exception cref="ZmtpProtocolException">The reply was malformed. Refuse the peer.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var requestId = _desk.Open();
        try
        {
            return await AskAsync(requestId, request, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _desk.Close(requestId)?.Dispose();
        }
    }

    /// <summary>For a handler in this process: leaves the admission that belongs to the reply it is about to send.</summary>
    /// <returns>False when the request is not of this client, or nobody waits for its reply any more.</returns>
    internal bool TryLeave(ReadOnlyMemory<byte> requestId, Admission admission) => _desk.TryLeave(requestId.Span, admission);

    /// <summary>For a handler in this process: see <see cref="AdmissionDesk.Watch"/>.</summary>
    internal ZapAsker Watch(ReadOnlyMemory<byte> requestId, Action onLeft) => _desk.Watch(requestId.Span, onLeft);

    /// <summary>For a handler in this process: see <see cref="AdmissionDesk.Unwatch"/>.</summary>
    internal void Unwatch(ReadOnlyMemory<byte> requestId) => _desk.Unwatch(requestId.Span);

    private async ValueTask<AuthenticationResult> AskAsync(
        byte[] requestId, AuthenticationRequest request, CancellationToken cancellationToken)
    {
        var frames = ZapRequest.Encode(requestId, request);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            // WaitAsync, not only the token: a channel that does not heed the token must not hold the handshake.
            var reply = await AskChannelAsync(frames, giveUp.Token)
                .WaitAsync(_timeout, _time, cancellationToken).ConfigureAwait(false);
            var result = ZapReply.Decode(reply, requestId);
            if (result.Status != AuthenticationStatus.Success) return result;
            return AuthenticationResult.Success(result.UserId, result.Metadata, _desk.Close(requestId));
        }
        catch (TimeoutException)
        {
            await giveUp.CancelAsync().ConfigureAwait(false);
            return AuthenticationResult.TemporaryError(
                $"The ZAP handler did not answer within {_timeout.TotalSeconds:0.###} s. Check that it runs and is not overloaded.");
        }
        catch
        {
            // Our wait hears of the caller's token before the linked one does, which this method's end unlinks: the channel would wait for
            // ever. So it would when the wait itself fails.
            await giveUp.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<IReadOnlyList<ReadOnlyMemory<byte>>> AskChannelAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken giveUp)
    {
        try
        {
            return await _channel.RequestAsync(frames, giveUp).ConfigureAwait(false);
        }
        finally
        {
            // Our own copies (see ZapRequest.Encode). Only once the channel has ended, which may be later than we wait: before that it may
            // still read them.
            ZapRequest.EraseCredentials(frames);
        }
    }
}
