using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Zmtp.Cli.Json;
using Zmtp.Zap;

namespace Zmtp.Cli.Commands.Cert;

/// <summary><c>zmtp cert new</c></summary>
internal sealed class CertNewCommand : CliCommand
{
    // CZMQ's zmakecert writes to the same name.
    private const string DefaultFile = "mycert.txt";

    private readonly Argument<string> _file = new("file")
    {
        Description = $"The public file; the secret one is beside it, with \"{Certificate.SecretSuffix}\" at the end of its name.",
        DefaultValueFactory = static _ => DefaultFile,
    };

    private readonly Option<string?> _name = new("--name") { Description = "The owner's name." };
    private readonly Option<string?> _email = new("--email") { Description = "The owner's address." };
    private readonly Option<string?> _organization = new("--organization") { Description = "The owner's organization." };
    private readonly Option<string[]> _meta = new("--meta", "-m")
    {
        Description = "More metadata: name=value. May be repeated.",
        HelpName = "name=value",
        DefaultValueFactory = static _ => [],
    };

    private readonly Option<bool> _force = new("--force")
    {
        Description = "Replace a certificate that is there. Its secret key is then gone for good.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Say what was made as a JSON object." };

    public CertNewCommand(CommandContext context)
        : base("new", "Make a certificate with a new key pair. Asks for the metadata when none are given and somebody is there to ask.", context)
    {
        Add(_file);
        foreach (var option in (Option[])[_name, _email, _organization, _meta, _force, _json]) Add(option);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "zmtp cert new",
        "zmtp cert new server.txt --name \"Time server\" --organization Example",
        "zmtp cert new ann.txt --name Ann --email ann@example.org --meta role=operator",
    ];

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken interrupt)
    {
        var file = parsed.GetValue(_file)!;
        var overwrite = parsed.GetValue(_force);
        Files.ThrowIfDirectory(file);
        if (CertificateFiles.IsNamedSecret(file))
        {
            throw CliException.Usage(
                $"{file} ends in \"{Certificate.SecretSuffix}\", as the files of secret keys do. Name the public file; the secret one is made " +
                "beside it.");
        }

        ThrowIfThere(file, overwrite);
        using var certificate = Certificate.Generate();
        foreach (var (name, value) in await ReadMetadataAsync(parsed, interrupt)) SetOnce(certificate.Metadata, name, value);
        AddUnlessGiven(certificate.Metadata, "created-by", "zmtp cert new");
        AddUnlessGiven(
            certificate.Metadata, "date-created", Console.Time.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        try
        {
            certificate.Save(file, overwrite);
        }
        catch (InvalidOperationException error)
        {
            throw new CliException(ExitCode.Usage, error.Message, error);
        }
        catch (IOException error) when (error is not UnflushedException)
        {
            // Somebody was faster: then this is what the user has to know.
            ThrowIfThere(file, overwrite);
            throw;
        }

        await ReportAsync(certificate, file, parsed);
        return ExitCode.Success;
    }

    private async Task ReportAsync(Certificate certificate, string file, ParseResult parsed)
    {
        if (parsed.GetValue(_json))
        {
            await Console.OutText.WriteLineAsync(CliJson.Line(CertificateFiles.ToJson(certificate, file), CliJson.Plain.CertificateJson));
            return;
        }

        var screen = Context.Screen(parsed);
        screen.MarkupLine($"public key    {Markup.Escape(certificate.PublicKey.ToString())}");
        screen.MarkupLine($"fingerprint   {Markup.Escape(certificate.Fingerprint)}");
        screen.MarkupLine($"public file   {Markup.Escape(file)}: give it to whoever is to know this end.");
        screen.MarkupLine($"secret file   {Markup.Escape(file + Certificate.SecretSuffix)}: keep it to yourself.");
    }

    private async Task<List<KeyValuePair<string, string>>> ReadMetadataAsync(ParseResult parsed, CancellationToken interrupt)
    {
        var metadata = new List<KeyValuePair<string, string>>();
        var named = new (string Name, string Question, string? Value)[]
        {
            ("name", "Your full name", parsed.GetValue(_name)),
            ("email", "Your email address", parsed.GetValue(_email)),
            ("organization", "Your organization", parsed.GetValue(_organization)),
        };
        var more = parsed.GetValue(_meta) ?? [];
        var asks = Console.IsInteractive && more.Length == 0 && Array.TrueForAll(named, static entry => entry.Value is null);
        foreach (var (name, question, given) in named)
        {
            var value = asks ? await Console.AskAsync(question, interrupt) : given;
            if (!string.IsNullOrEmpty(value)) metadata.Add(new(name, value));
        }

        foreach (var text in more)
        {
            var split = text.IndexOf('=', StringComparison.Ordinal);
            if (split < 1) throw CliException.Usage($"--meta {text}: write name=value.");
            metadata.Add(new(text[..split], text[(split + 1)..]));
        }

        return metadata;
    }

    private static void SetOnce(CertificateMetadata metadata, string name, string value)
    {
        if (metadata.TryGet(name, out _)) throw CliException.Usage($"The metadata \"{name}\" are given twice. Give them once.");
        metadata.Set(name, value);
    }

    private static void AddUnlessGiven(CertificateMetadata metadata, string name, string value)
    {
        if (!metadata.TryGet(name, out _)) metadata.Set(name, value);
    }

    private static void ThrowIfThere(string file, bool overwrite)
    {
        if (overwrite) return;
        var there = Array.Find([file, file + Certificate.SecretSuffix], File.Exists);
        if (there is null) return;
        throw new CliException(
            ExitCode.Exists, $"{there} is there already. Give another name, or --force to replace it; the secret key is then gone for good.");
    }
}
