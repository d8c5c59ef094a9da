using System.Buffers;

namespace Zmtp.Engine;

/// <summary>Writes into an array of known size; nothing is allocated but the writer.</summary>
internal sealed class FixedBufferWriter(byte[] array) : IBufferWriter<byte>
{
    public int Written { get; private set; }

    public void Advance(int count) => Written += count;

    public Memory<byte> GetMemory(int sizeHint = 0) => array.AsMemory(Written);

    public Span<byte> GetSpan(int sizeHint = 0) => array.AsSpan(Written);
}
