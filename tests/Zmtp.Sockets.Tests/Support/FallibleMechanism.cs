using System.Buffers;
using Zmtp.Security;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>A mechanism that no frame can be encoded for any more once the test says so: it then claims to need more memory than there is.</summary>
internal sealed class FallibleMechanism(Mechanism inner) : Mechanism
{
    private volatile bool _fails;

    public bool Fails
    {
        get => _fails;
        set => _fails = value;
    }

    public override MechanismStatus Status => inner.Status;

    public override ZmtpException? Failure => inner.Failure;

    public override ZmtpMetadata PeerMetadata => inner.PeerMetadata;

    public override bool IsSealing => _fails;

    public override int SealOverhead => _fails ? int.MaxValue : 0;

    public override void WriteCommand(IBufferWriter<byte> output) => inner.WriteCommand(output);

    public override void ReadCommand(ReadOnlySpan<byte> body) => inner.ReadCommand(body);

    protected override void Dispose(bool disposing)
    {
        inner.Dispose();
        base.Dispose(disposing);
    }
}
