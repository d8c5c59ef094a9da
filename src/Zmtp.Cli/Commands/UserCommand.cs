using System.CommandLine;

namespace Zmtp.Cli.Commands;

/// <summary><c>zmtp user</c></summary>
internal sealed class UserCommand : Command
{
    public UserCommand(CommandContext context)
        : base("user", "Add, remove and check the users of a password file (PLAIN).")
    {
        _ = context;
    }
}
