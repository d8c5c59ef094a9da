using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Zmtp.Mechanisms;
using Zmtp.Text;
using Zmtp.Zap;

namespace Zmtp.Cli.Commands.Cert;

/// <summary><c>zmtp cert export</c></summary>
internal sealed class CertExportCommand : CliCommand
{
    private const string Zpl = "zpl";
    private const string Z85Text = "z85";
    private const string Hex = "hex";

    // What the library reads at most, with room for quotes and comments that are written anew.
    private const int MaxCertificate = 128 * 1024;

    private readonly Argument<string> _file = new("file") { Description = "A certificate's public or secret file." };
    private readonly Option<string?> _output = new("--output", "-o") { Description = "Where to. Default: standard output.", HelpName = "file" };
    private readonly Option<string> _format = new("--format")
    {
        Description = "zpl: a certificate file; z85: the key as 40 characters; hex: the key as 64 hexadecimal digits.",
        DefaultValueFactory = static _ => Zpl,
    };

    private readonly Option<bool> _secret = new("--secret") { Description = "Export the secret key, too (zpl), or instead (z85, hex)." };
    private readonly Option<bool> _allowOthers = AllowOthersOption.Create();
    private readonly Option<bool> _force = new("--force") { Description = "Replace the output file if it is there." };

    public CertExportCommand(CommandContext context)
        : base("export", "Write a certificate's public part, also from its secret file; its secret key only when asked.", context)
    {
        _format.AcceptOnlyFromAmong(Zpl, Z85Text, Hex);
        Add(_file);
        foreach (var option in (Option[])[_output, _format, _secret, _allowOthers, _force]) Add(option);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "zmtp cert export mycert.txt_secret -o mycert.txt",
        "zmtp cert export server.txt --format z85",
        "zmtp cert export server.txt --secret --format hex -o server.key",
    ];

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken interrupt)
    {
        var file = parsed.GetRequiredValue(_file);
        var isSecret = parsed.GetValue(_secret);
        var output = parsed.GetValue(_output);
        if (output is not null && !isSecret && CertificateFiles.IsNamedSecret(output))
        {
            throw CliException.Usage(
                $"{output} ends in \"{Certificate.SecretSuffix}\", as the files of secret keys do, and the public part is to be written to it. " +
                $"Give another name, or {_secret.Name} if it is the secret key that is to be exported.");
        }

        if (parsed.GetValue(_allowOthers) && !isSecret)
        {
            throw CliException.Usage($"{_allowOthers.Name} is about the secret key, which is exported with {_secret.Name} only.");
        }

        if (parsed.GetValue(_force) && output is null)
        {
            throw CliException.Usage($"{_force.Name} is about the file that is written: {_output.Name}.");
        }

        _ = CertificateFiles.FindPublic(file);
        using var certificate = isSecret
            ? Certificate.Load(file, parsed.GetValue(_allowOthers))
            : Certificate.LoadPublic(CertificateFiles.FindPublic(file));
        if (isSecret && !certificate.HasSecretKey) throw new CliException(ExitCode.File, $"{file} has no secret key to export.");
        var overwrite = parsed.GetValue(_force);
        if (output is not null) Files.ThrowIfDirectory(output);
        if (File.Exists(output) && !overwrite)
        {
            throw new CliException(ExitCode.Exists, $"{output} is there already. Give another name, or --force to replace it.");
        }

        var octets = Encode(certificate, file, parsed.GetValue(_format)!, isSecret);
        try
        {
            if (output is null) await Console.Out.WriteAsync(octets, interrupt);
            else if (isSecret) AtomicFile.Write(output, octets, AtomicFile.SecretMode, overwrite);
            else AtomicFile.Write(output, octets, AtomicFile.PublicMode, overwrite, keepMode: true);
            await Console.Out.FlushAsync(interrupt);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }

        return ExitCode.Success;
    }

    /// <returns>The caller's to zero.</returns>
    private static byte[] Encode(Certificate certificate, string file, string format, bool isSecret)
    {
        if (format == Zpl) return EncodeZpl(certificate, file, isSecret);
        var key = isSecret ? certificate.KeyPair.SecretKey.AsSpan() : certificate.PublicKey.AsSpan();
        Span<char> characters = stackalloc char[2 * CurvePublicKey.Size];
        try
        {
            int length;
            if (format == Hex) Convert.TryToHexStringLower(key, characters, out length);
            else Z85.TryEncode(key, characters, out length);
            var line = GC.AllocateUninitializedArray<byte>(length + 1, pinned: true);
            Encoding.ASCII.GetBytes(characters[..length], line);
            line[length] = (byte)'\n';
            return line;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(characters));
        }
    }

    /// <returns>The caller's to zero; where it is it stays.</returns>
    internal static byte[] EncodeZpl(Certificate certificate, string file, bool isSecret)
    {
        var room = GC.AllocateArray<byte>(MaxCertificate, pinned: true);
        try
        {
            using var stream = new MemoryStream(room);
            certificate.Write(stream, isSecret);
            var octets = GC.AllocateUninitializedArray<byte>((int)stream.Position, pinned: true);
            room.AsSpan(0, octets.Length).CopyTo(octets);
            return octets;
        }
        catch (Exception error) when (error is InvalidOperationException or NotSupportedException)
        {
            throw new CliException(ExitCode.File, $"{file} cannot be written as a certificate: {error.Message}", error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(room);
        }
    }
}
