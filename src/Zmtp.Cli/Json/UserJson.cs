namespace Zmtp.Cli.Json;

/// <summary>A user of a password file.</summary>
internal sealed record UserJson(string Name);
