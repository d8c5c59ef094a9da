using Zmtp.Mechanisms.Crypto;

namespace Zmtp.Mechanisms.Tests;

/// <summary>Hands out what the test wrote down, in order; any other length or a further request is an error.</summary>
internal sealed class ScriptedRandom(params byte[][] values) : IRandomSource
{
    private readonly Queue<byte[]> _values = new(values);

    public bool IsUsedUp => _values.Count == 0;

    public void Fill(Span<byte> destination)
    {
        var value = _values.Dequeue();
        if (value.Length != destination.Length) throw new InvalidOperationException($"{destination.Length} octets asked, {value.Length} scripted.");
        value.CopyTo(destination);
    }
}
