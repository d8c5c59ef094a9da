using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Zmtp.Mechanisms;
using Zmtp.Mechanisms.Crypto;
using Zmtp.Mechanisms.Interop;
using Zmtp.Security;

namespace Zmtp.Benchmarks;

/// <summary>
/// What a CURVE MESSAGE costs with either cipher: each row beside the bare crypto_box call with the same octets, which is the baseline.
/// The allocated column must read zero.
/// </summary>
/// <remarks>
/// Short nonces count up, as they do on a connection: the vector cipher makes the keystream of several small messages in one pass. The
/// opened messages are a ring that lies in the cache where that is possible.
/// </remarks>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class CurveBenchmarks
{
    private const int RingOctets = 256 * 1024;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(NaCl.KeySize);
    private readonly byte[] _nonce = RandomNumberGenerator.GetBytes(NaCl.NonceSize);
    private Way _libsodium = null!;
    private Way _vector = null!;
    private byte[] _box = null!;
    private byte[] _plaintext = null!;

    /// <summary>Octets of application data.</summary>
    [Params(16, 64, 100, 256, 1024, 8192, 65536, 1048576)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _plaintext = RandomNumberGenerator.GetBytes(Size + CurveMessageCommand.FlagsSize);
        _box = new byte[_plaintext.Length + NaCl.MacSize];
        NaCl.Seal(_plaintext, _nonce, _key, _box);
        _libsodium = new Way(CurveCipher.Libsodium, _key, RandomNumberGenerator.GetBytes(Size));
        _vector = new Way(CurveCipher.ManagedVector, _key, RandomNumberGenerator.GetBytes(Size));
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _libsodium.Dispose();
        _vector.Dispose();
    }

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("seal")]
    public void CryptoBox() => NaCl.Seal(_plaintext, _nonce, _key, _box);

    [Benchmark]
    [BenchmarkCategory("seal")]
    public void LibsodiumSeal() => _libsodium.Seal();

    [Benchmark]
    [BenchmarkCategory("seal")]
    public void VectorSeal() => _vector.Seal();

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("open")]
    public bool CryptoBoxOpen() => NaCl.TryOpen(_box, _nonce, _key, _plaintext);

    [Benchmark]
    [BenchmarkCategory("open")]
    public PayloadFlags LibsodiumOpen() => _libsodium.Open();

    [Benchmark]
    [BenchmarkCategory("open")]
    public PayloadFlags VectorOpen() => _vector.Open();

    /// <summary>One client that seals for ever, and one server that opens the same messages again and again.</summary>
    private sealed class Way : IDisposable
    {
        private readonly CurveSession _client;
        private readonly CurveSession _server;
        private readonly byte[] _data;
        private readonly byte[][] _ring;
        private readonly byte[] _body;
        private readonly byte[] _payload;
        private int _next;

        public Way(CurveCipher cipher, byte[] key, byte[] data)
        {
            _client = new CurveSession(isServer: false, NewKey(key), cipher, sent: 0, received: null);
            _server = new CurveSession(isServer: true, NewKey(key), cipher, sent: 0, received: null);
            _data = data;
            _body = new byte[data.Length + CurveMessageCommand.Overhead];
            _payload = new byte[data.Length + CurveMessageCommand.FlagsSize];
            _ring = new byte[Math.Max(4, RingOctets / _body.Length)][];
            _next = _ring.Length;
            for (var i = 0; i < _ring.Length; i++)
            {
                Seal();
                _ring[i] = [.. _body];
                Open(_ring[i]);
            }
        }

        public void Seal() => _client.Seal(PayloadFlags.None, _data, _body);

        public PayloadFlags Open()
        {
            if (_next == _ring.Length)
            {
                _next = 0;
                _server.Accept(0);
            }

            return _server.Open(_ring[_next++], _payload);
        }

        public void Dispose()
        {
            _client.Dispose();
            _server.Dispose();
        }

        private static SecretBuffer NewKey(byte[] key)
        {
            var buffer = new SecretBuffer(NaCl.KeySize);
            key.CopyTo(buffer.Span);
            return buffer;
        }

        private void Open(byte[] body)
        {
            _payload.AsSpan().Clear();
            _server.Open(body, _payload);
            if (!_payload.AsSpan(CurveMessageCommand.FlagsSize).SequenceEqual(_data))
            {
                throw new InvalidOperationException("A box did not open to its data.");
            }
        }
    }
}
