namespace Zmtp.Cli;

/// <summary>A command cannot go on. The message is the sentence that the user reads.</summary>
internal sealed class CliException(ExitCode code, string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>What the process ends with.</summary>
    public ExitCode Code { get; } = code;

    /// <summary>The command line makes no sense.</summary>
    public static CliException Usage(string message) => new(ExitCode.Usage, message);
}
