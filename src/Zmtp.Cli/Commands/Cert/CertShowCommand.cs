using System.CommandLine;
using Spectre.Console;
using Zmtp.Cli.Json;
using Zmtp.Cli.Messages;
using Zmtp.Zap;

namespace Zmtp.Cli.Commands.Cert;

/// <summary><c>zmtp cert show</c></summary>
internal sealed class CertShowCommand : CliCommand
{
    private readonly Argument<string> _file = new("file") { Description = "A certificate's public or secret file." };
    private readonly Option<bool> _json = new("--json") { Description = "Show it as a JSON object." };

    public CertShowCommand(CommandContext context)
        : base("show", "Show a certificate's public key, fingerprint and metadata; never its secret key.", context)
    {
        Add(_file);
        Add(_json);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "zmtp cert show server.txt",
        "zmtp cert show server.txt --json | jq -r .publicKey",
    ];

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken interrupt)
    {
        var file = parsed.GetRequiredValue(_file);
        using var certificate = Certificate.LoadPublic(CertificateFiles.FindPublic(file));
        if (parsed.GetValue(_json))
        {
            await Console.OutText.WriteLineAsync(CliJson.Line(CertificateFiles.ToJson(certificate, file), CliJson.Plain.CertificateJson));
            return ExitCode.Success;
        }

        // Before the first line: what is wrong with the file is said instead of half of it.
        var secret = CertificateFiles.FindSecretKey(file);
        var screen = Context.Screen(parsed);
        screen.MarkupLine($"public key    {Markup.Escape(certificate.PublicKey.ToString())}");
        screen.MarkupLine($"fingerprint   {Markup.Escape(certificate.Fingerprint)}");
        screen.MarkupLine($"secret key    {(secret is null ? "not here" : Markup.Escape($"in {secret}"))}");
        foreach (var (name, value) in certificate.Metadata)
        {
            screen.MarkupLine($"{Markup.Escape(name),-12}  {Markup.Escape(Printable.Text(value))}");
        }

        return ExitCode.Success;
    }
}
