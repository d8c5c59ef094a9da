using System.Buffers;

namespace Zmtp.Core.Tests;

/// <summary>Lends memory that is not zero and not larger than asked for, as a pool might: nobody may rely on either.</summary>
internal sealed class DirtyBufferWriter : IBufferWriter<byte>
{
    private readonly List<byte> _written = [];
    private byte[] _lent = [];

    public byte[] Written => [.. _written];

    public void Advance(int count) => _written.AddRange(_lent.AsSpan(0, count));

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        _lent = new byte[Math.Max(1, sizeHint)];
        Array.Fill(_lent, (byte)0xCC);
        return _lent;
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public static byte[] Capture(Action<IBufferWriter<byte>> write)
    {
        var output = new DirtyBufferWriter();
        write(output);
        return output.Written;
    }
}
