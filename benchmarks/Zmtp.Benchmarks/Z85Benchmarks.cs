using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Zmtp.Text;

namespace Zmtp.Benchmarks;

/// <summary>A key to text and back.</summary>
[MemoryDiagnoser]
public class Z85Benchmarks
{
    private const int KeyLength = 32;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(KeyLength);
    private readonly byte[] _decoded = new byte[KeyLength];
    private string _text = "";

    [GlobalSetup]
    public void Setup()
    {
        _text = Z85.Encode(_key);
        if (!Decode() || !_decoded.AsSpan().SequenceEqual(_key)) throw new InvalidOperationException("The text does not decode to the key.");
    }

    [Benchmark]
    public string Encode() => Z85.Encode(_key);

    [Benchmark]
    public bool Decode() => Z85.TryDecode(_text, _decoded, out _);
}
