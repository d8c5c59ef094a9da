using System.Text;

namespace Zmtp.Testing.Peers;

/// <summary>A frame as it stood on the wire.</summary>
/// <param name="Flags">The flags octet, LONG included.</param>
/// <param name="Body">The body.</param>
public sealed record RawFrame(byte Flags, byte[] Body)
{
    /// <summary>Whether bit 0 is set.</summary>
    public bool HasMore => (Flags & 0x01) != 0;

    /// <summary>Whether bit 2 is set.</summary>
    public bool IsCommand => (Flags & 0x04) != 0;

    /// <summary>The command name, or an empty text where the body is no command.</summary>
    public string CommandName =>
        Body.Length > 0 && Body[0] < Body.Length ? Encoding.ASCII.GetString(Body, 1, Body[0]) : "";

    /// <summary>What follows the command name.</summary>
    public byte[] CommandData => Body[(1 + Body[0])..];

    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    /// <inheritdoc/>
    public override string ToString() => $"flags {Flags:X2}, body {Octets.ToHex(Body)}";
}
