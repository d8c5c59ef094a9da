using System.CommandLine;

namespace Zmtp.Cli.Commands;

/// <summary><c>zmtp cert</c></summary>
internal sealed class CertCommand : Command
{
    public CertCommand(CommandContext context)
        : base("cert", "Make, show and check CURVE certificates, in files that CZMQ reads and writes, too.")
    {
        _ = context;
    }
}
