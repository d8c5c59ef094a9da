using Microsoft.Extensions.Logging;
using Zmtp.Security;

namespace Zmtp.Zap;

/// <summary>
/// What an authenticator says. It knows requests by <see cref="AuthenticationRequest"/>'s own text, which never has credentials, and
/// makes whatever a peer or handler chose fit for one line. A refusal is no warning here: the socket that asked logs it, with the same
/// reason, once. A store that fails is an error of its own, for the sake of the exception.
/// </summary>
internal sealed partial class AuthenticatorLog(ILogger logger)
{
    private volatile bool _verbose;

    public bool Verbose
    {
        get => _verbose;
        set => _verbose = value;
    }

    private LogLevel Level => _verbose ? LogLevel.Information : LogLevel.Debug;

    public void Request(AuthenticationRequest request)
    {
        var level = Level;
        if (!logger.IsEnabled(level)) return;
        var facts = Printable(request);
        LogRequest(logger, level, facts);
    }

    public void Verdict(AuthenticationRequest request, AuthenticationResult result)
    {
        var isLetIn = result.Status == AuthenticationStatus.Success;
        var level = Level;
        if (!logger.IsEnabled(level)) return;
        var facts = Printable(request);
        var text = ZapText.ToPrintable(isLetIn ? result.UserId : result.Text);
        if (isLetIn) LogAccepted(logger, level, facts, text);
        else LogRefused(logger, level, facts, (int)result.Status, text);
    }

    public void Failure(AuthenticationRequest request, Exception error)
    {
        var facts = Printable(request);
        LogFailed(logger, facts, error);
    }

    public void Rechecked(int asked, int ended) => LogRechecked(logger, ended > 0 ? LogLevel.Information : Level, asked, ended);

    public void RecheckFailed(int failed, string problem) => LogRecheckFailed(logger, failed, ZapText.ToPrintable(problem));

    public void GiveUpFailed(Exception error) => LogGiveUpFailed(logger, error);

    private static string Printable(AuthenticationRequest request) => ZapText.ToPrintable(request.ToString());

    [LoggerMessage(EventId = 2731, Message = "ZAP: {Request}.")]
    private static partial void LogRequest(ILogger logger, LogLevel level, string request);

    [LoggerMessage(EventId = 2732, Message = "ZAP: {Request}: 200, let in as \"{UserId}\".")]
    private static partial void LogAccepted(ILogger logger, LogLevel level, string request, string userId);

    [LoggerMessage(EventId = 2733, Message = "ZAP: {Request}: {Status}, refused. {Reason}")]
    private static partial void LogRefused(ILogger logger, LogLevel level, string request, int status, string reason);

    [LoggerMessage(EventId = 2734, Level = LogLevel.Error,
        Message = "ZAP: {Request}: a store or policy failed. Check that its files or services can be reached.")]
    private static partial void LogFailed(ILogger logger, string request, Exception error);

    [LoggerMessage(EventId = 2735, Message = "ZAP: asked about {Asked} connected peers; {Ended} may not stay and are disconnected.")]
    private static partial void LogRechecked(ILogger logger, LogLevel level, int asked, int ended);

    [LoggerMessage(EventId = 2736, Level = LogLevel.Error,
        Message = "ZAP: {Failed} connected peers could not be asked about. They stay for now, whatever has changed. " +
                  "The first reason: {Problem} Check that files and services can be reached.")]
    private static partial void LogRecheckFailed(ILogger logger, int failed, string problem);

    [LoggerMessage(EventId = 2737, Level = LogLevel.Error,
        Message = "ZAP: a store or policy threw when it was told to give up, because the authenticator is disposed of. Mend it.")]
    private static partial void LogGiveUpFailed(ILogger logger, Exception error);
}
