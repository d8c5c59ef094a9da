using Zmtp.Cli.Json;
using Zmtp.Zap;

namespace Zmtp.Cli.Commands.Cert;

/// <summary>From the name of a certificate to its files: the public one and the secret one beside it.</summary>
internal static class CertificateFiles
{
    /// <summary>The file that holds the public part: the one that is named, or the secret one beside it when that is all there is.</summary>
    /// <exception cref="CliException">There is neither.</exception>
    public static string FindPublic(string file)
    {
        Files.ThrowIfDirectory(file);
        if (Files.Exists(file)) return file;
        if (Files.Exists(file + Certificate.SecretSuffix)) return file + Certificate.SecretSuffix;
        throw new CliException(ExitCode.File, $"There is no certificate {file}. Make one with \"zmtp cert new {file}\".");
    }

    /// <summary>Whether a name is one that secret files have.</summary>
    public static bool IsNamedSecret(string file) => file.EndsWith(Certificate.SecretSuffix, StringComparison.Ordinal);

    /// <summary>The file that holds the secret key of a certificate: its secret file, or one that holds both keys; null when there is none.</summary>
    /// <param name="file">Either of its files.</param>
    /// <exception cref="ZplFormatException">It holds a secret key that does not belong to the public one.</exception>
    public static string? FindSecretKey(string file)
    {
        if (FindSecret(file) is { } secret) return secret;
        using var certificate = CertificateFile.Read(file, readSecret: true, allowOthers: true);
        return certificate.HasSecretKey ? file : null;
    }

    /// <summary>The secret file of a certificate that is named by either of its files; null when there is none.</summary>
    public static string? FindSecret(string file)
    {
        if (IsNamedSecret(file)) return File.Exists(file) ? file : null;
        return File.Exists(file + Certificate.SecretSuffix) ? file + Certificate.SecretSuffix : null;
    }

    /// <summary>The public part for --json.</summary>
    public static CertificateJson ToJson(Certificate certificate, string file) => new(
        file,
        FindSecretKey(file),
        certificate.PublicKey.ToString(),
        certificate.Fingerprint,
        new Dictionary<string, string>(certificate.Metadata, StringComparer.Ordinal));
}
