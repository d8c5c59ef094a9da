using System.CommandLine;

namespace Zmtp.Cli.Commands.User;

/// <summary><c>zmtp user</c>: the verbs for password files.</summary>
internal sealed class UserCommand : Command
{
    public UserCommand(CommandContext context)
        : base("user", "Add, remove, check and list the users of a password file (PLAIN).")
    {
        Add(new UserAddCommand(context));
        Add(new UserRemoveCommand(context));
        Add(new UserVerifyCommand(context));
        Add(new UserListCommand(context));
    }
}
