using System.Text.Json;
using System.Text.Json.Serialization;

namespace Zmtp.Cli.Json;

/// <summary>All that --json writes, made at compile time: nothing of it needs reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MessageJson))]
[JsonSerializable(typeof(SentJson))]
[JsonSerializable(typeof(CheckJson))]
[JsonSerializable(typeof(ProxyJson))]
[JsonSerializable(typeof(DecisionJson))]
[JsonSerializable(typeof(CertificateJson))]
[JsonSerializable(typeof(VerificationJson))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>Writes one line.</summary>
    public static string Line<T>(T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) => JsonSerializer.Serialize(value, type);
}
