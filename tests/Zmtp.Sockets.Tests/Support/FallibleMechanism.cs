using System.Buffers;
using Zmtp.Security;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>A mechanism that no frame can be encoded for any more once the test says so: it then claims to need more memory than there is.</summary>
internal sealed class FallibleMechanism(Mechanism inner) : Mechanism
{
    private const int Never = 0;
    private const int Once = 1;
    private const int Always = 2;

    private volatile int _fails;

    public bool Fails
    {
        get => _fails != Never;
        set => _fails = value ? Always : Never;
    }

    /// <summary>Runs when a frame is about to be encoded.</summary>
    public Action? BeforeFrame { get; set; }

    /// <summary>The next frame cannot be encoded, and what follows could be: the want of memory has passed.</summary>
    public void FailOnce() => _fails = Once;

    public override MechanismStatus Status => inner.Status;

    public override ZmtpException? Failure => inner.Failure;

    public override ZmtpMetadata PeerMetadata => inner.PeerMetadata;

    public override bool IsSealing
    {
        get
        {
            BeforeFrame?.Invoke();
            return Fails;
        }
    }

    public override int SealOverhead
    {
        get
        {
            if (!Fails) return 0;
            if (_fails == Once) Fails = false;
            return int.MaxValue;
        }
    }

    public override void WriteCommand(IBufferWriter<byte> output) => inner.WriteCommand(output);

    public override void ReadCommand(ReadOnlySpan<byte> body) => inner.ReadCommand(body);

    protected override void Dispose(bool disposing)
    {
        inner.Dispose();
        base.Dispose(disposing);
    }
}
