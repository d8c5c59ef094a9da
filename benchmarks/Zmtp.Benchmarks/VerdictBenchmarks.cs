using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Zap;

namespace Zmtp.Benchmarks;

/// <summary>
/// What an authenticator takes to decide about one client, with ten thousand certificates in its store. Counting the peer in and out is
/// part of it. Each call makes sure that the verdict is right.
/// </summary>
[MemoryDiagnoser]
public class VerdictBenchmarks
{
    private const int Certificates = 10_000;
    private const int KeyLength = 32;

    private readonly AuthenticationRequest[] _known = new AuthenticationRequest[Certificates];
    private readonly AuthenticationRequest _stranger = RequestOf(NewKey());
    private readonly AuthenticationRequest _null = new("global", "192.168.1.7", default, "NULL", []);
    private Authenticator _authenticator = null!;
    private int _next;

    [GlobalSetup]
    public void Setup()
    {
        var store = new MemoryCertificateStore();
        for (var i = 0; i < Certificates; i++)
        {
            var key = NewKey();
            store.Set(key);
            _known[i] = RequestOf(key);
        }

        _authenticator = new Authenticator();
        _authenticator.Allow("192.168.0.0/16", "10.0.0.0/8");
        _authenticator.Deny("192.168.1.8");
        _authenticator.LimitConnections(perAddress: 100, perUserId: 10);
        _authenticator.ConfigureCurve("*", store);
    }

    [GlobalCleanup]
    public void Cleanup() => _authenticator.Dispose();

    [Benchmark]
    public bool KnownClient()
    {
        _next = (_next + 1) % Certificates;
        return Ask(_known[_next], AuthenticationStatus.Success);
    }

    [Benchmark]
    public bool UnknownClient() => Ask(_stranger, AuthenticationStatus.Denied);

    [Benchmark]
    public bool NullByAddress() => Ask(_null, AuthenticationStatus.Success);

    private static CurvePublicKey NewKey() => new(RandomNumberGenerator.GetBytes(KeyLength));

    private static AuthenticationRequest RequestOf(CurvePublicKey key) => new("global", "192.168.1.7", default, "CURVE", [key.AsMemory()]);

    private bool Ask(AuthenticationRequest request, AuthenticationStatus expected)
    {
        var answer = _authenticator.AuthenticateAsync(request, CancellationToken.None);
        if (!answer.IsCompletedSuccessfully) throw new InvalidOperationException("The verdict had to be waited for.");
        var result = answer.Result;
        using var admission = result.Admission;
        if (result.Status != expected || _authenticator.PeerCount != (admission is null ? 0 : 1))
        {
            throw new InvalidOperationException($"The verdict was {result.Status} instead of {expected}.");
        }

        return true;
    }
}
