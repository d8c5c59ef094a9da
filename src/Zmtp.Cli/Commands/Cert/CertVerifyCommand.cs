using System.CommandLine;
using Zmtp.Cli.Json;
using Zmtp.Zap;

namespace Zmtp.Cli.Commands.Cert;

/// <summary><c>zmtp cert verify</c></summary>
internal sealed class CertVerifyCommand : CliCommand
{
    private readonly Argument<string> _file = new("file") { Description = "A certificate's public or secret file." };
    private readonly Option<bool> _allowOthers = AllowOthersOption.Create();
    private readonly Option<bool> _json = new("--json") { Description = "Say it as a JSON object." };

    public CertVerifyCommand(CommandContext context)
        : base("verify", "Check that a certificate's keys belong together, and that nobody else may read the secret one.", context)
    {
        Add(_file);
        Add(_allowOthers);
        Add(_json);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "zmtp cert verify server.txt",
        "zmtp cert verify server.txt --json",
    ];

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken interrupt)
    {
        var file = parsed.GetRequiredValue(_file);
        _ = CertificateFiles.FindPublic(file);
        var problem = FindProblem(file, parsed.GetValue(_allowOthers), out var message);
        if (parsed.GetValue(_json))
        {
            var line = new VerificationJson(problem is null, problem ?? message);
            await Console.OutText.WriteLineAsync(CliJson.Line(line, CliJson.Plain.VerificationJson));
        }
        else
        {
            await (problem is null ? Console.OutText : Console.Error).WriteLineAsync(problem is null ? message : $"zmtp: {problem}");
        }

        return problem is null ? ExitCode.Success : ExitCode.NotVerified;
    }

    private static string? FindProblem(string file, bool allowOthers, out string message)
    {
        message = "";
        try
        {
            using var certificate = Certificate.Load(file, allowOthers);

            // On Windows the mode of a file says nothing, and is not looked at.
            var isUnchecked = allowOthers || OperatingSystem.IsWindows();
            message = certificate.HasSecretKey
                ? $"The secret and the public key of {certificate.PublicKey} belong together" +
                  (isUnchecked ? "; who else may read the secret one was not checked." : ", and only the owner may read the secret one.")
                : $"{file} holds the public key {certificate.PublicKey} and no secret key; its text is in order.";
            return FindPublicFile(file) is { } other ? CheckPublicFile(certificate, other, CertificateFiles.FindSecret(file) is not null) : null;
        }
        catch (Exception error) when (error is ZplFormatException or SecretFileModeException)
        {
            return Faults.Explain(error, isInterrupted: false).Message;
        }
    }

    /// <summary>The public file beside the secret one that was read.</summary>
    private static string? FindPublicFile(string file)
    {
        var other = CertificateFiles.IsNamedSecret(file) ? file[..^Certificate.SecretSuffix.Length] : file;
        return File.Exists(other) ? other : null;
    }

    /// <param name="certificate">What the secret file holds, or the public one where it is the only one.</param>
    /// <param name="other">The public file.</param>
    /// <param name="hasSecretFile">Whether there is a secret file beside it. One file with both keys is its owner's own.</param>
    private static string? CheckPublicFile(Certificate certificate, string other, bool hasSecretFile)
    {
        using var found = CertificateFile.Read(other, readSecret: true, allowOthers: true);
        if (found.HasSecretKey && hasSecretFile)
        {
            return $"{other} is the public file and holds the secret key, too; whoever was given it has that. Make a new certificate.";
        }

        return found.PublicKey == certificate.PublicKey
            ? null
            : $"{other} holds the public key {found.PublicKey}, and the secret file beside it belongs to {certificate.PublicKey}. Others would " +
              "know this end by a key that is not its own. Export the public part anew with \"zmtp cert export\".";
    }
}
