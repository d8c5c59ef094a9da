using System.Buffers;

namespace Zmtp.Wire;

// RFC 23 and RFC 37, section "Commands". The text also speaks of a null octet after the name; the grammar is right.
//
//   command-body = command-name command-data
//   command-name = OCTET 1*255command-name-char   ; the octet is the length of what follows
//   command-data = *OCTET                         ; to the end of the frame's body

/// <summary>Reads and writes the body of a command frame: a name, then data.</summary>
public static class CommandCodec
{
    /// <summary>The octet that holds a name's length.</summary>
    public const int NameLengthSize = 1;

    /// <summary>The longest name.</summary>
    public const int MaxNameLength = byte.MaxValue;

    /// <summary>Octets of a body.</summary>
    /// <param name="nameLength">Octets of the name, 1 to 255.</param>
    /// <param name="dataLength">Octets of the data.</param>
    public static int GetLength(int nameLength, int dataLength) => NameLengthSize + nameLength + dataLength;

    /// <summary>Writes a body.</summary>
    /// <param name="name">The name, 1 to 255 octets.</param>
    /// <param name="data">The data; copied.</param>
    /// <param name="output">Where it goes.</param>
    /// <exception cref="ArgumentException">The name is empty or too long.</exception>
    public static void Write(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        var length = GetLength(name.Length, data.Length);
        var span = output.GetSpan(length);
        data.CopyTo(WriteName(name, span));
        output.Advance(length);
    }

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body of a command frame.</param>
    /// <param name="name">Its name, 1 to 255 octets of <paramref name="body"/>.</param>
    /// <param name="data">The rest of <paramref name="body"/>.</param>
    /// <returns>False when the name is empty or does not fit into the body: the command is malformed.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> data)
    {
        if (body.IsEmpty || body[0] == 0 || body.Length < NameLengthSize + body[0])
        {
            name = data = default;
            return false;
        }

        name = body.Slice(NameLengthSize, body[0]);
        data = body[(NameLengthSize + body[0])..];
        return true;
    }

    /// <summary>Reads the data of a command that must have a given name.</summary>
    /// <param name="body">The body of a command frame.</param>
    /// <param name="name">The name to find, exactly.</param>
    /// <param name="data">What follows the name in <paramref name="body"/>.</param>
    /// <returns>False when the body is malformed or has another name.</returns>
    public static bool TryReadData(ReadOnlySpan<byte> body, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> data) =>
        TryRead(body, out var found, out data) && found.SequenceEqual(name);

    // Returns what is left of the destination, for the data.
    internal static Span<byte> WriteName(ReadOnlySpan<byte> name, Span<byte> destination)
    {
        if (name.Length is 0 or > MaxNameLength)
        {
            throw new ArgumentException($"A command name has 1 to {MaxNameLength} octets, not {name.Length}.", nameof(name));
        }

        destination[0] = (byte)name.Length;
        name.CopyTo(destination[NameLengthSize..]);
        return destination[(NameLengthSize + name.Length)..];
    }
}
