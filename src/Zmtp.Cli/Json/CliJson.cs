using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Zmtp.Text;

namespace Zmtp.Cli.Json;

/// <summary>All that --json writes, made at compile time: nothing of it needs reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MessageJson))]
[JsonSerializable(typeof(SentJson))]
[JsonSerializable(typeof(UserJson))]
[JsonSerializable(typeof(CheckJson))]
[JsonSerializable(typeof(ProxyJson))]
[JsonSerializable(typeof(DecisionJson))]
[JsonSerializable(typeof(CertificateJson))]
[JsonSerializable(typeof(VerificationJson))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>The types, written for shells and people: Z85 is full of characters that only HTML has to escape.</summary>
    public static CliJson Plain => Unescaped.Instance;

    /// <summary>
    /// Writes one line. Of what steers a terminal the serializer lets the marks pass that turn the direction of writing; what they become here is
    /// JSON's own way to write them.
    /// </summary>
    public static string Line<T>(T value, JsonTypeInfo<T> type) => OneLine.Of(JsonSerializer.Serialize(value, type));

    // A class of its own, so that it is made after the defaults that the compiler adds to this one.
    private static class Unescaped
    {
        public static readonly CliJson Instance = new(
            new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }
}
