using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Zmtp.Security;

namespace Zmtp.Wire;

// RFC 23, section "Connection Metadata"; the same list in READY, INITIATE and ZAP replies.
//
//   metadata = *property
//   property = name value
//   name     = OCTET 1*255name-char              ; the octet is the length of what follows
//   name-char = ALPHA | DIGIT | "-" | "_" | "." | "+"
//   value    = 4OCTET *OCTET                     ; length in network order, at most 2^31-1

/// <summary>Reads and writes property lists.</summary>
public static class MetadataCodec
{
    /// <summary>The octet that holds a name's length.</summary>
    public const int NameLengthSize = 1;

    /// <summary>The longest name.</summary>
    public const int MaxNameLength = byte.MaxValue;

    /// <summary>The octets that hold a value's length.</summary>
    public const int ValueLengthSize = 4;

    /// <summary>
    /// The most properties that are read. The specifications name none. A list is kept as long as its connection, and in the 64 KiB of a
    /// handshake command 10,900 empty ones would fit, of which each takes some 50 octets of memory.
    /// </summary>
    public const int MaxProperties = 256;

    /// <summary>Octets that a list takes on the wire.</summary>
    /// <param name="metadata">The list.</param>
    public static int GetLength(ZmtpMetadata metadata)
    {
        var length = 0;
        foreach (var property in metadata) length += GetLength(property.Key, property.Value.Length);
        return length;
    }

    /// <summary>Writes a list.</summary>
    /// <param name="metadata">The list.</param>
    /// <param name="output">Where it goes.</param>
    public static void Write(ZmtpMetadata metadata, IBufferWriter<byte> output)
    {
        foreach (var property in metadata) Write(property.Key, property.Value.Span, output);
    }

    /// <summary>Reads a list that must end exactly at the end of the span.</summary>
    /// <param name="properties">The encoded list; copied.</param>
    /// <exception cref="ZmtpProtocolException">
    /// The list is malformed, or has more than <see cref="MaxProperties"/> properties (<see cref="ProtocolError.InvalidMetadata"/>).
    /// </exception>
    public static ZmtpMetadata Read(ReadOnlySpan<byte> properties)
    {
        if (properties.IsEmpty) return ZmtpMetadata.Empty;
        var list = new List<KeyValuePair<string, ReadOnlyMemory<byte>>>();
        while (!properties.IsEmpty)
        {
            if (list.Count == MaxProperties) throw TooMany();
            var name = ReadName(ref properties);
            list.Add(new(name, ReadValue(name, ref properties)));
        }

        return ZmtpMetadata.OfOwn([.. list]);
    }

    /// <summary>Encodes a list into an array of its own.</summary>
    /// <param name="metadata">The list.</param>
    public static byte[] Encode(ZmtpMetadata metadata)
    {
        var output = new ArrayBufferWriter<byte>(Math.Max(1, GetLength(metadata)));
        Write(metadata, output);
        return output.WrittenSpan.ToArray();
    }

    internal static void ThrowIfNotAName(string name)
    {
        if (name.Length is > 0 and <= MaxNameLength && !name.AsSpan().ContainsAnyExcept(NameChars)) return;
        throw new ArgumentException(
            $"\"{name}\" is not a property name. Use 1 to {MaxNameLength} letters, digits, '-', '_', '.' and '+'.", nameof(name));
    }

    private static readonly SearchValues<char> NameChars =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+");

    private static int GetLength(string name, int valueLength) => NameLengthSize + name.Length + ValueLengthSize + valueLength;

    private static void Write(string name, ReadOnlySpan<byte> value, IBufferWriter<byte> output)
    {
        var length = GetLength(name, value.Length);
        var span = output.GetSpan(length);
        span[0] = (byte)name.Length;
        Encoding.ASCII.GetBytes(name, span[NameLengthSize..]);
        var rest = span[(NameLengthSize + name.Length)..];
        BinaryPrimitives.WriteInt32BigEndian(rest, value.Length);
        value.CopyTo(rest[ValueLengthSize..]);
        output.Advance(length);
    }

    private static string ReadName(ref ReadOnlySpan<byte> properties)
    {
        var length = properties[0];
        if (length == 0) throw Malformed("A property has an empty name.");
        if (properties.Length < NameLengthSize + length + ValueLengthSize) throw Malformed("A property is cut off.");
        var name = Encoding.ASCII.GetString(properties.Slice(NameLengthSize, length));
        if (name.AsSpan().ContainsAnyExcept(NameChars)) throw Malformed("A property's name has characters that no name may have.");
        properties = properties[(NameLengthSize + length)..];
        return name;
    }

    private static ReadOnlyMemory<byte> ReadValue(string name, ref ReadOnlySpan<byte> properties)
    {
        // Compared as unsigned, before anything is sized by it.
        var declared = BinaryPrimitives.ReadUInt32BigEndian(properties);
        properties = properties[ValueLengthSize..];
        if (declared > (uint)properties.Length) throw Malformed($"The value of property {name} is cut off.");
        var value = properties[..(int)declared].ToArray();
        properties = properties[(int)declared..];
        return value;
    }

    private static ZmtpProtocolException TooMany() =>
        new(ProtocolError.InvalidMetadata, $"The peer sent more than {MaxProperties} properties. Check what it adds to its metadata.");

    private static ZmtpProtocolException Malformed(string message) =>
        new(ProtocolError.InvalidMetadata, message + " The peer's metadata are malformed.");
}
