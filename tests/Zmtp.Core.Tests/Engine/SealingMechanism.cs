using System.Buffers;
using Zmtp.Security;

namespace Zmtp.Core.Tests.Engine;

/// <summary>
/// A mechanism of an application's own: it "seals" by a marker, the flags and inverted octets, and has no more than what it must have.
/// </summary>
internal sealed class SealingMechanism : Mechanism
{
    public static ReadOnlySpan<byte> Marker => "SEA"u8;

    public override MechanismStatus Status => MechanismStatus.Ready;

    public override ZmtpException? Failure => null;

    public override ZmtpMetadata PeerMetadata => ZmtpMetadata.Empty;

    public override bool IsSealing => true;

    /// <summary>What else sealing adds, as it says: with <see cref="Array.MaxLength"/> there is no memory for the next frame.</summary>
    public int ClaimedOverhead { get; set; }

    public override int SealOverhead => Marker.Length + 1 + ClaimedOverhead;

    public override int OpenPrefix => 2;

    public override void WriteCommand(IBufferWriter<byte> output) => throw new NotSupportedException();

    public override void ReadCommand(ReadOnlySpan<byte> body) => throw new NotSupportedException();

    public override void Seal(PayloadFlags flags, ReadOnlySpan<byte> data, Span<byte> body)
    {
        Marker.CopyTo(body);
        body[Marker.Length] = (byte)flags;
        Invert(data, body[SealOverhead..]);
    }

    public override PayloadFlags Open(ReadOnlySpan<byte> body, Span<byte> destination)
    {
        if (!body.StartsWith(Marker)) throw new ZmtpProtocolException(ProtocolError.Cryptographic, "There is no marker.");
        destination[..OpenPrefix].Fill(0xEE);
        Invert(body[SealOverhead..], destination[OpenPrefix..]);
        return (PayloadFlags)body[Marker.Length];
    }

    private static void Invert(ReadOnlySpan<byte> from, Span<byte> to)
    {
        for (var i = 0; i < from.Length; i++) to[i] = (byte)(from[i] ^ 0xFF);
    }
}
