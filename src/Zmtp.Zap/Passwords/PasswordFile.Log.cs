using Microsoft.Extensions.Logging;

namespace Zmtp.Zap;

/// <content>What is logged.</content>
public sealed partial class PasswordFile
{
    // A file of another kind must not fill the log.
    private const int MostLogged = 20;

    private void Report(State? before, State? after, Failure? failureBefore, Failure? failureAfter)
    {
        if (failureAfter is not null && failureAfter.Cause.Message != failureBefore?.Cause.Message)
        {
            LogBroken(_logger, FullPath, after is not null, failureAfter.Cause);
        }

        if (after is null || ReferenceEquals(before, after)) return;
        if (after.Stamp != before?.Stamp && after.Stamp == FileStamp.Missing) LogMissing(_logger, FullPath);
        else if (after.Stamp != before?.Stamp) LogLoaded(_logger, FullPath, after.Table.Count);
        PasswordFileProblem[] newProblems = [.. after.Problems.Except(before?.Problems ?? [])];
        foreach (var problem in newProblems.Take(MostLogged)) LogProblem(_logger, FullPath, problem);
        if (newProblems.Length > MostLogged) LogMoreProblems(_logger, FullPath, newProblems.Length - MostLogged);
        if (after.IsOpenToOthers && before is not { IsOpenToOthers: true }) LogOpenToOthers(_logger, FullPath);
        if (after.IsWritableByOthers && before is not { IsWritableByOthers: true }) LogWritableByOthers(_logger, FullPath);
        foreach (var directory in after.ReplaceableIn.Except(before?.ReplaceableIn ?? [])) LogReplaceableByOthers(_logger, directory, FullPath);
    }

    [LoggerMessage(EventId = 2721, Level = LogLevel.Information, Message = "Password file {Path} was read; users: {Count}.")]
    private static partial void LogLoaded(ILogger logger, string path, int count);

    [LoggerMessage(EventId = 2722, Level = LogLevel.Error,
        Message = "The password file {Path} does not exist. Nobody is let in by password.")]
    private static partial void LogMissing(ILogger logger, string path);

    [LoggerMessage(EventId = 2723, Level = LogLevel.Warning, Message = "Password file {Path}, {Problem}")]
    private static partial void LogProblem(ILogger logger, string path, PasswordFileProblem problem);

    [LoggerMessage(EventId = 2728, Level = LogLevel.Warning, Message = "Password file {Path}: further lines to look at: {Count}.")]
    private static partial void LogMoreProblems(ILogger logger, string path, int count);

    [LoggerMessage(EventId = 2724, Level = LogLevel.Error,
        Message = "The password file {Path} is broken. An earlier version of it is in force: {HasEarlier}.")]
    private static partial void LogBroken(ILogger logger, string path, bool hasEarlier, Exception error);

    [LoggerMessage(EventId = 2725, Level = LogLevel.Warning,
        Message = "The password file {Path} holds clear-text passwords and others than its owner may read it. Take that away with " +
            "chmod 600, or put hashes in it.")]
    private static partial void LogOpenToOthers(ILogger logger, string path);

    [LoggerMessage(EventId = 2730, Level = LogLevel.Warning,
        Message = "Others than its owner may write to the password file {Path}: whoever does lets himself in. Take that away with " +
            "chmod go-w.")]
    private static partial void LogWritableByOthers(ILogger logger, string path);

    [LoggerMessage(EventId = 2720, Level = LogLevel.Warning,
        Message = "Others than its owner may write to {Directory}, by which the password file {Path} is found: whoever puts another file or link " +
            "in place of one there lets himself in. Take that away with chmod go-w, or make the directory sticky with chmod +t.")]
    private static partial void LogReplaceableByOthers(ILogger logger, string directory, string path);

    [LoggerMessage(EventId = 2726, Level = LogLevel.Error, Message = "A handler of PasswordFile threw.")]
    private static partial void LogHandlerFailed(ILogger logger, Exception error);

    [LoggerMessage(EventId = 2727, Level = LogLevel.Error, Message = "The watch of the password file {Path} failed.")]
    private static partial void LogWatchFailed(ILogger logger, string path, Exception error);
}
