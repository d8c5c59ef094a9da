using Microsoft.Extensions.Logging;
using Zmtp.Security;

namespace Zmtp.Zap;

/// <summary>
/// The handler's side of ZAP (RFC 27) without a socket: request frames in, reply frames out. Safe for concurrent calls when its
/// authenticator is.
/// </summary>
public sealed partial class ZapHandler
{
    /// <summary>The endpoint where a handler is bound (RFC 27, section "Architecture").</summary>
    public const string Endpoint = "inproc://zeromq.zap.01";

    private readonly IAuthenticator _authenticator;
    private readonly ILogger _logger;
    private readonly Func<ReadOnlyMemory<byte>, Admission, bool>? _leave;
    private readonly FailureNews _failures;

    /// <summary>Creates a handler.</summary>
    /// <param name="authenticator">
    /// Decides; not disposed. Admissions that it gives end at once, because frames cannot carry them: it does not learn of the peer's
    /// stay and cannot end it. Serve it with the context's ServeZapAsync where it should.
    /// </param>
    /// <param name="logger">Hears of malformed requests and of authenticators that fail; null for silence.</param>
    public ZapHandler(IAuthenticator authenticator, ILogger? logger = null)
        : this(authenticator, logger, leave: null)
    {
    }

    /// <param name="authenticator">Decides; not disposed.</param>
    /// <param name="logger">Null for silence.</param>
    /// <param name="leave">Leaves an admission with the asker, by the request id; says whether it was taken.</param>
    /// <param name="time">By which failures are told once a minute; null for the system's.</param>
    internal ZapHandler(
        IAuthenticator authenticator, ILogger? logger, Func<ReadOnlyMemory<byte>, Admission, bool>? leave, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(authenticator);
        _authenticator = authenticator;
        _logger = GuardedLogger.Of(logger);
        _leave = leave;
        _failures = new FailureNews(time ?? TimeProvider.System);
    }

    /// <summary>Answers one request.</summary>
    /// <param name="request">The frames after the delimiter; see <see cref="ZapEnvelope"/> for what is in front of it.</param>
    /// <param name="cancellationToken">Ends the wait for the authenticator.</param>
    /// <returns>
    /// The six frames after the delimiter; status 500 when the request is malformed or the authenticator failed. Null when the
    /// request is not ZAP 1.0 or has no request id, so that no reply could be matched to it: send nothing.
    /// </returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>?> HandleAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Count < 2 || !request[0].Span.SequenceEqual(ZapText.Version.Span))
        {
            TellNotZap(request.Count);
            return null;
        }

        return await AnswerAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>For the caller that takes requests in: one was dropped, because it cannot be answered.</summary>
    /// <param name="frames">How many it has.</param>
    internal void TellNotZap(int frames) => LogNotZap(_logger, frames);

    private async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> AnswerAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> request, CancellationToken cancellationToken)
    {
        ZapRequest decoded;
        try
        {
            decoded = ZapRequest.Decode(request);
        }
        catch (FormatException error)
        {
            LogMalformed(_logger, error.Message);
            return ZapReply.Encode(request[1], AuthenticationResult.InternalError("Malformed request"));
        }

        Admission? admission = null;
        try
        {
            var result = await _authenticator.AuthenticateAsync(decoded.Facts, cancellationToken).ConfigureAwait(false);
            admission = result.Admission;
            var reply = ZapReply.Encode(decoded.RequestId, result);

            // Before the reply goes out: the asker looks for it when the reply is there.
            if (admission is not null && _leave is not null && _leave(decoded.RequestId, admission)) admission = null;
            return reply;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Whatever an authenticator throws refuses the peer; the log says what it was.
        catch (Exception error)
#pragma warning restore CA1031
        {
            var level = _failures.LevelOf(error.GetType(), decoded.Facts, out var leftOut);
            LogFailed(_logger, level, leftOut, error);
            return ZapReply.Encode(request[1], AuthenticationResult.InternalError("The authenticator failed"));
        }
        finally
        {
            admission?.Dispose();
        }
    }

    [LoggerMessage(EventId = 2701, Level = LogLevel.Warning,
        Message = "A message of {Frames} frames at the ZAP handler is not a ZAP 1.0 request and was dropped. " +
                  "Check who connects to " + Endpoint + ".")]
    private static partial void LogNotZap(ILogger logger, int frames);

    [LoggerMessage(EventId = 2702, Level = LogLevel.Warning, Message = "A ZAP request was answered with 500: {Reason}")]
    private static partial void LogMalformed(ILogger logger, string reason);

    [LoggerMessage(EventId = 2703, Message = "A ZAP request was answered with 500, because the authenticator threw.{LeftOut}")]
    private static partial void LogFailed(ILogger logger, LogLevel level, string leftOut, Exception error);
}
