using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Zmtp.Mechanisms;
using Zmtp.Mechanisms.Crypto;
using Zmtp.Mechanisms.Interop;
using Zmtp.Security;

namespace Zmtp.Benchmarks;

/// <summary>
/// What a CURVE MESSAGE costs beyond the box it is made of: each row beside the bare libsodium call with the same octets, which is
/// the baseline. The allocated column must read zero.
/// </summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class CurveBenchmarks
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(NaCl.KeySize);
    private readonly byte[] _nonce = RandomNumberGenerator.GetBytes(NaCl.NonceSize);
    private CurveSession _client = null!;
    private CurveSession _server = null!;
    private byte[] _data = null!;
    private byte[] _body = null!;
    private byte[] _payload = null!;
    private byte[] _box = null!;
    private byte[] _plaintext = null!;

    /// <summary>Octets of application data.</summary>
    [Params(16, 64, 100, 256, 1024, 8192, 65536, 1048576)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _data = RandomNumberGenerator.GetBytes(Size);
        _body = new byte[Size + CurveMessageCommand.Overhead];
        _payload = new byte[Size + CurveMessageCommand.FlagsSize];
        _plaintext = new byte[Size + CurveMessageCommand.FlagsSize];
        _box = new byte[_plaintext.Length + NaCl.MacSize];
        _client = new CurveSession(isServer: false, NewKey(), sent: 0, received: null);
        _server = new CurveSession(isServer: true, NewKey(), sent: 0, received: null);
        SealAndOpen();
        if (!_payload.AsSpan(CurveMessageCommand.FlagsSize).SequenceEqual(_data)) throw new InvalidOperationException("The box did not open to the data.");
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _client.Dispose();
        _server.Dispose();
    }

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("seal")]
    public void LibSodiumSeal() => NaCl.Seal(_plaintext, _nonce, _key, _box);

    [Benchmark]
    [BenchmarkCategory("seal")]
    public void Seal() => _client.Seal(PayloadFlags.None, _data, _body);

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("seal and open")]
    public bool LibSodiumSealAndOpen()
    {
        NaCl.Seal(_plaintext, _nonce, _key, _box);
        return NaCl.TryOpen(_box, _nonce, _key, _plaintext);
    }

    /// <summary>Together, because a nonce opens once only.</summary>
    [Benchmark]
    [BenchmarkCategory("seal and open")]
    public PayloadFlags SealAndOpen()
    {
        _client.Seal(PayloadFlags.None, _data, _body);
        return _server.Open(_body, _payload);
    }

    private SecretBuffer NewKey()
    {
        var buffer = new SecretBuffer(NaCl.KeySize);
        _key.CopyTo(buffer.Span);
        return buffer;
    }
}
