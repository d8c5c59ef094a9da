namespace Zmtp.Cli.Json;

/// <summary>The public part of a certificate.</summary>
internal sealed record CertificateJson(
    string? File, string PublicKey, string Fingerprint, bool HasSecretKey, IReadOnlyDictionary<string, string> Metadata);
