using System.Buffers;
using Zmtp.Security;

namespace Zmtp.Testing;

/// <summary>Short forms of a mechanism's calls over arrays.</summary>
public static class MechanismExtensions
{
    /// <summary>The body of the next command.</summary>
    public static byte[] Write(this Mechanism mechanism)
    {
        var output = new ArrayBufferWriter<byte>();
        mechanism.WriteCommand(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Seals one frame into an array of its own.</summary>
    public static byte[] Seal(this Mechanism mechanism, PayloadFlags flags, ReadOnlySpan<byte> data)
    {
        var body = new byte[data.Length + mechanism.SealOverhead];
        mechanism.Seal(flags, data, body);
        return body;
    }

    /// <summary>Opens one frame into an array of its own.</summary>
    public static (PayloadFlags Flags, byte[] Data) Open(this Mechanism mechanism, ReadOnlySpan<byte> body)
    {
        var destination = new byte[Math.Max(0, body.Length - mechanism.SealOverhead) + mechanism.OpenPrefix];
        var flags = mechanism.Open(body, destination);
        return (flags, destination[mechanism.OpenPrefix..]);
    }
}
