using System.CommandLine;
using Zmtp.Mechanisms;
using Zmtp.Zap;

namespace Zmtp.Cli.Commands.Cert;

/// <summary><c>zmtp cert fingerprint</c></summary>
internal sealed class CertFingerprintCommand : CliCommand
{
    private readonly Argument<string> _file = new("file|key") { Description = "A certificate's public or secret file, or a public key in Z85." };

    public CertFingerprintCommand(CommandContext context)
        : base("fingerprint", "Print a public key's fingerprint, for comparing it by telephone.", context) => Add(_file);

    public override IReadOnlyList<string> Examples =>
    [
        "zmtp cert fingerprint server.txt",
        "zmtp cert fingerprint 'Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID'",
    ];

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken interrupt)
    {
        await Console.OutText.WriteLineAsync(Find(parsed.GetRequiredValue(_file)).ToFingerprint());
        return ExitCode.Success;
    }

    private static CurvePublicKey Find(string text)
    {
        if (!File.Exists(text) && CurvePublicKey.TryParse(text, out var key)) return key;
        if (!Files.Exists(text) && !Files.Exists(text + Certificate.SecretSuffix))
        {
            // Not repeated: it may be a secret key that was not copied whole.
            throw new CliException(
                ExitCode.File,
                $"What was given is neither a certificate's file nor a public key in Z85 ({CurvePublicKey.Z85Length} characters). Z85 " +
                "holds characters that a shell takes for its own: put the key between single quotes.");
        }

        using var certificate = Certificate.LoadPublic(CertificateFiles.FindPublic(text));
        return certificate.PublicKey;
    }
}
