using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Zmtp.Cli.Messages;
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
    /// <summary>Of one octet at most <c>\u00HH</c> becomes.</summary>
    private const int MostEscaped = 6;

    /// <summary>The types, written for shells and people: Z85 is full of characters that only HTML has to escape.</summary>
    public static CliJson Plain => Unescaped.Instance;

    private static JavaScriptEncoder Escapes => JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>
    /// Writes one line. Of what steers a terminal the serializer lets the marks pass that turn the direction of writing; what they become here is
    /// JSON's own way to write them.
    /// </summary>
    public static string Line<T>(T value, JsonTypeInfo<T> type) => OneLine.Of(JsonSerializer.Serialize(value, type));

    /// <summary>Writes a part of a string's value as it would stand between the quotes of such a line.</summary>
    /// <param name="text">UTF-8; no character lies across its ends.</param>
    /// <param name="output">Gets it.</param>
    public static void WriteText(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        var written = 0;
        for (int at = 0, length; at < text.Length; at += length)
        {
            Rune.DecodeFromUtf8(text[at..], out var rune, out length);
            if (!rune.IsBmp || !Printable.IsSteering(rune) || Escapes.WillEncode(rune.Value)) continue;
            WriteEscaped(text[written..at], output);
            output.Write("\\u"u8);
            Printable.WriteHex([(byte)(rune.Value >> 8), (byte)(rune.Value & 0xFF)], output);
            written = at + length;
        }

        WriteEscaped(text[written..], output);
    }

    private static void WriteEscaped(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        if (text.IsEmpty) return;
        Escapes.EncodeUtf8(text, output.GetSpan(MostEscaped * text.Length), out _, out var written);
        output.Advance(written);
    }

    // A class of its own, so that it is made after the defaults that the compiler adds to this one.
    private static class Unescaped
    {
        public static readonly CliJson Instance = new(
            new JsonSerializerOptions(Default.Options) { Encoder = Escapes });
    }
}
