using System.CommandLine;

namespace Zmtp.Cli.Commands.Cert;

/// <summary><c>--allow-others</c> of the commands that read a secret file.</summary>
internal static class AllowOthersOption
{
    public const string Name = "--allow-others";

    public static Option<bool> Create() => new(Name)
    {
        Description = "Read the secret file even if group or others may read or write it.",
    };
}
