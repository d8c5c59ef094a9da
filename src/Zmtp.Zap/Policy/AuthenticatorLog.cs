using Microsoft.Extensions.Logging;
using Zmtp.Security;

namespace Zmtp.Zap;

/// <summary>
/// What an authenticator says. It knows requests by <see cref="AuthenticationRequest"/>'s own text, which never has credentials, and
/// makes whatever a peer or handler chose fit for one line. A refusal is no warning here: the socket that asked logs it, with the same
/// reason, once. A store that fails is an error of its own, for the sake of the exception, as often as <see cref="FailureNews"/> lets it.
/// </summary>
internal sealed partial class AuthenticatorLog(ILogger logger, TimeProvider time)
{
    private readonly FailureNews _failures = new(time);

    // About connected peers. Kept apart, because a line about a new peer that is refused does not say that connected ones stay.
    private readonly FailureNews _recheckFailures = new(time);
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
        var level = _failures.LevelOf(error.GetType(), request, out var leftOut);
        LogFailed(logger, level, facts, leftOut, error);
    }

    public void Rechecked(int asked, int ended) => LogRechecked(logger, ended > 0 ? LogLevel.Information : Level, asked, ended);

    /// <param name="failed">How many could not be asked about.</param>
    /// <param name="first">The first of those.</param>
    /// <param name="problem">Why it could not.</param>
    public void RecheckFailed(int failed, AuthenticationRequest first, Recheck problem)
    {
        // What is late has no exception, nor has what a policy answers: each is one kind of failure all the same.
        var kind = problem.IsLate ? typeof(TimeoutException) : problem.Thrown ?? typeof(AuthenticationResult);
        var level = _recheckFailures.LevelOf(kind, first, out var leftOut);
        var text = ZapText.ToPrintable(problem.Failed!);
        LogRecheckFailed(logger, level, failed, leftOut, text);
    }

    public void RevokeFailed(int unended, Exception error) => LogRevokeFailed(logger, unended, error);

    public void PassFailed(Exception error) => LogPassFailed(logger, error);

    public void GiveUpFailed(Exception error) => LogGiveUpFailed(logger, error);

    public void ListenFailed(object store, Exception error) => LogListenFailed(logger, store.GetType(), error);

    public void ForgetFailed(object store, Exception error) => LogForgetFailed(logger, store.GetType(), error);

    private static string Printable(AuthenticationRequest request) => ZapText.ToPrintable(request.ToString());

    [LoggerMessage(EventId = 2731, Message = "ZAP: {Request}.")]
    private static partial void LogRequest(ILogger logger, LogLevel level, string request);

    [LoggerMessage(EventId = 2732, Message = "ZAP: {Request}: 200, let in as \"{UserId}\".")]
    private static partial void LogAccepted(ILogger logger, LogLevel level, string request, string userId);

    [LoggerMessage(EventId = 2733, Message = "ZAP: {Request}: {Status}, refused. {Reason}")]
    private static partial void LogRefused(ILogger logger, LogLevel level, string request, int status, string reason);

    [LoggerMessage(EventId = 2734,
        Message = "ZAP: {Request}: a store or policy failed.{LeftOut} Check that its files or services can be reached.")]
    private static partial void LogFailed(ILogger logger, LogLevel level, string request, string leftOut, Exception error);

    [LoggerMessage(EventId = 2735, Message = "ZAP: connected peers that were asked about: {Asked}; disconnected, because they may not stay: {Ended}.")]
    private static partial void LogRechecked(ILogger logger, LogLevel level, int asked, int ended);

    [LoggerMessage(EventId = 2736,
        Message = "ZAP: connected peers that could not be asked about: {Failed}.{LeftOut} They stay for now, whatever has changed. " +
                  "The first reason: {Problem} Check that files and services can be reached.")]
    private static partial void LogRecheckFailed(ILogger logger, LogLevel level, int failed, string leftOut, string problem);

    [LoggerMessage(EventId = 2737, Level = LogLevel.Error,
        Message = "ZAP: a store or policy threw when it was told to give up: something that it has registered with its " +
                  "CancellationToken. Fix it.")]
    private static partial void LogGiveUpFailed(ILogger logger, Exception error);

    [LoggerMessage(EventId = 2738, Level = LogLevel.Error,
        Message = "ZAP: a {Store} threw when its Changed was subscribed to. It is asked about new peers, but its changes will end nobody. " +
                  "Check that it was not disposed of, and configure it again.")]
    private static partial void LogListenFailed(ILogger logger, Type store, Exception error);

    [LoggerMessage(EventId = 2739, Level = LogLevel.Warning,
        Message = "ZAP: a {Store} that is no longer used threw when its Changed was unsubscribed from. Dispose of a store after the authenticator " +
                  "has gone over to another.")]
    private static partial void LogForgetFailed(ILogger logger, Type store, Exception error);

    [LoggerMessage(EventId = 2740, Level = LogLevel.Error,
        Message = "ZAP: connected peers that may not stay and are still there: {Unended}. What serves them threw when it was told. It is told again " +
                  "when they are asked about again. The first exception is this one; fix what it comes from.")]
    private static partial void LogRevokeFailed(ILogger logger, int unended, Exception error);

    [LoggerMessage(EventId = 2741, Level = LogLevel.Error,
        Message = "ZAP: the connected peers could not be asked about. They stay for now, whatever has changed, and are asked about again.")]
    private static partial void LogPassFailed(ILogger logger, Exception error);
}
