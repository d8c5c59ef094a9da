namespace Zmtp.Cli.Json;

/// <summary>The public part of a certificate.</summary>
internal sealed record CertificateJson(
    string File, string? SecretFile, string PublicKey, string Fingerprint, IReadOnlyDictionary<string, string> Metadata);
