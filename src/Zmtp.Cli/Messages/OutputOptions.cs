using System.CommandLine;

namespace Zmtp.Cli.Messages;

/// <summary>How messages that came in are shown.</summary>
internal sealed class OutputOptions
{
    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="input">The command's input options, whose --hex and --delimiter hold for both ways; null when it has none.</param>
    public OutputOptions(Command command, InputOptions? input = null)
    {
        IsShared = input is not null;
        Hex = input?.Hex ?? new Option<bool>("--hex") { Description = "Show messages as hexadecimal digits." };
        Delimiter = input?.Delimiter ?? new Option<string?>("--delimiter", "-d")
        {
            Description = "What to put between the frames of a message. Default: a tab. \\t, \\n and \\0 stand for tab, newline and the zero octet. " +
                "A tab in a frame is escaped, another delimiter in it is not.",
            HelpName = "text",
        };
        if (input is null)
        {
            command.Add(Hex);
            command.Add(Delimiter);
        }

        command.Add(Raw);
        command.Add(Json);
    }

    /// <summary>Whether --hex and --delimiter are about what is sent, too.</summary>
    public bool IsShared { get; }

    public Option<bool> Hex { get; }

    public Option<string?> Delimiter { get; }

    public Option<bool> Raw { get; } = new("--raw") { Description = "Write the octets as they came: nothing escaped, nothing between messages." };

    public Option<bool> Json { get; } = new("--json") { Description = "One JSON object for each message, with who sent it." };
}
