using System.Buffers;
using System.Text.Unicode;
using Zmtp.Cli.Messages;

namespace Zmtp.Cli.Json;

/// <summary>How octets of strangers stand in one JSON object: all of them as text, or all as hexadecimal digits when one of them is no UTF-8.</summary>
internal sealed class JsonOctets
{
    private readonly bool _isText;

    private JsonOctets(bool isText) => _isText = isText;

    /// <summary>Hexadecimal digits, whatever they are.</summary>
    public static JsonOctets Hex { get; } = new(isText: false);

    /// <summary>What the object says of it: "utf-8" or "hex".</summary>
    public string Encoding => _isText ? "utf-8" : "hex";

    /// <summary>What these octets allow.</summary>
    public static JsonOctets Of(IEnumerable<ReadOnlyMemory<byte>> all) => new(all.All(static octets => Utf8.IsValid(octets.Span)));

    /// <summary>Some of them as they stand there. JSON escapes by itself.</summary>
    public string Write(ReadOnlySpan<byte> octets) =>
        _isText ? System.Text.Encoding.UTF8.GetString(octets) : Convert.ToHexStringLower(octets);

    /// <summary>A <see cref="Piece"/> of some of them, as it stands between the quotes.</summary>
    /// <param name="piece">The octets.</param>
    /// <param name="output">Gets them.</param>
    public void Write(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        if (_isText) CliJson.WriteText(piece, output);
        else Printable.WriteHex(piece, output);
    }
}
