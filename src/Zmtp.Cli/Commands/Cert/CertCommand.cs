using System.CommandLine;

namespace Zmtp.Cli.Commands.Cert;

/// <summary><c>zmtp cert</c>: the verbs for certificates.</summary>
internal sealed class CertCommand : Command
{
    public CertCommand(CommandContext context)
        : base("cert", "Make, show and check CURVE certificates, in files that CZMQ reads and writes, too.")
    {
        Add(new CertNewCommand(context));
        Add(new CertShowCommand(context));
        Add(new CertVerifyCommand(context));
        Add(new CertExportCommand(context));
        Add(new CertFingerprintCommand(context));
    }
}
