namespace Zmtp.Cli.Json;

/// <summary>What a verification has found.</summary>
internal sealed record VerificationJson(bool Ok, string Message);
