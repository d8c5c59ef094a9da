using System.CommandLine;

namespace Zmtp.Cli.Commands.User;

/// <summary><c>zmtp user</c>: the verbs for password files.</summary>
internal sealed class UserCommand : Command
{
    /// <summary>What to do where there is no password file.</summary>
    public const string HowToMakeAFile = "Make it with \"zmtp user add\".";

    public UserCommand(CommandContext context)
        : base("user", "Add, remove, check and list the users of a password file (PLAIN).")
    {
        Add(new UserAddCommand(context));
        Add(new UserRemoveCommand(context));
        Add(new UserVerifyCommand(context));
        Add(new UserListCommand(context));
    }
}
