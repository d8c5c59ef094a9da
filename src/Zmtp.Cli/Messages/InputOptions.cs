using System.CommandLine;

namespace Zmtp.Cli.Messages;

/// <summary>Where the messages to send come from.</summary>
internal sealed class InputOptions
{
    /// <summary>Adds the arguments and options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="areShown">Whether --hex and --delimiter are about what the command shows, too.</param>
    public InputOptions(Command command, bool areShown = false)
    {
        AreShown = areShown;
        command.Add(Messages);
        foreach (var option in (Option[])[Parts, Files, Delimiter, Hex, Count, Interval]) command.Add(option);
    }

    /// <summary>Whether --hex and --delimiter are about what the command shows, too.</summary>
    public bool AreShown { get; }

    public Argument<string[]> Messages { get; } = new("message")
    {
        Description = "Messages to send, each of one frame. Without any, and without --part and --file, each line of standard input is one.",
        Arity = ArgumentArity.ZeroOrMore,
        DefaultValueFactory = static _ => [],
    };

    public Option<string[]> Parts { get; } = new("--part", "-p")
    {
        Description = "A frame of one multipart message. May be repeated; may be empty.",
        HelpName = "frame",
        DefaultValueFactory = static _ => [],
    };

    public Option<string[]> Files { get; } = new("--file", "-f")
    {
        Description = "A file whose octets are one message. May be repeated; - is all of standard input.",
        HelpName = "file",
        DefaultValueFactory = static _ => [],
    };

    public Option<string?> Delimiter { get; } = new("--delimiter", "-d")
    {
        Description = "Splits messages and lines into frames. \\t and \\0 stand for tab and the zero octet.",
        HelpName = "text",
    };

    public Option<bool> Hex { get; } = new("--hex") { Description = "Messages are written, and shown, as hexadecimal digits." };

    public Option<int?> Count { get; } = Options.CountOption.Create("Send everything so many times. Not with standard input. Default: once.");

    public Option<TimeSpan?> Interval { get; } = Duration("--interval", "Pause between two messages.");

    private static Option<TimeSpan?> Duration(string name, string description) => Options.Duration.Option(name, description);
}
