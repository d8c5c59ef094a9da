using Zmtp.Cli.Commands.Cert;
using Zmtp.Sockets;
using Zmtp.Zap;

namespace Zmtp.Cli;

/// <summary>From exceptions to exit codes and sentences, in one place.</summary>
internal static class Faults
{
    /// <summary>The exit code and the sentence for an exception.</summary>
    /// <param name="error">The exception.</param>
    /// <param name="isInterrupted">Whether the user has interrupted the program: else something other than the user gave up.</param>
    public static (ExitCode Code, string Message) Explain(Exception error, bool isInterrupted) => error switch
    {
        CliException known => (known.Code, known.Message),
        ZmtpException refused => (ExitCodes.Of(ZmtpProbe.Classify(refused)), refused.Message),
        OperationCanceledException when isInterrupted => (ExitCode.Interrupted, "Interrupted."),
        TimeoutException => (ExitCode.Timeout, error.Message),
        SecretFileModeException open => (ExitCode.File, Explain(open, AllowOthersOption.Name)),
        ZplFormatException => (ExitCode.File, error.Message),
        FileNotFoundException or DirectoryNotFoundException => (ExitCode.File, $"{error.Message} Check the path."),
        IOException => (ExitCode.File, error.Message),
        UnauthorizedAccessException => (ExitCode.File, $"{error.Message} Check the rights of the file and its directory."),
        ArgumentException or FormatException => (ExitCode.Usage, FirstLine(error.Message)),
        _ => (ExitCode.Failed, Unforeseen(error)),
    };

    /// <summary>The sentence for what is nobody's mistake but the program's.</summary>
    /// <param name="error">The exception.</param>
    public static string Unforeseen(Exception error) => $"This should not have happened: {error.GetType().Name}: {error.Message}";

    /// <summary>
    /// The sentence for a secret file that is open to others. The library's own ends with what a program can do, and a user cannot.
    /// </summary>
    /// <param name="open">The exception.</param>
    /// <param name="option">The option that uses the file all the same.</param>
    public static string Explain(SecretFileModeException open, string option) =>
        $"{open.Path} holds a secret key, and group or others may read or write it (mode {Convert.ToString((int)open.Mode, 8)}). Run " +
        $"\"chmod 600 {open.Path}\", and make a new certificate if others may have read it. Where the mode cannot be helped, " +
        $"{option} uses the file all the same.";

    /// <summary>ArgumentException puts the parameter's name, which means nothing to a user, behind the sentence.</summary>
    private static string FirstLine(string message)
    {
        var parameter = message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return parameter < 0 ? message : message[..parameter];
    }
}
