using BenchmarkDotNet.Attributes;
using Zmtp.Mechanisms;
using Zmtp.Zap;

namespace Zmtp.Benchmarks;

/// <summary>A directory of ten thousand certificates: read whole, looked through for changes, and asked for a client.</summary>
[MemoryDiagnoser]
public class CertificateStoreBenchmarks
{
    private const int Certificates = 10_000;

    private string _directory = "";
    private CertificateStore? _store;
    private CurvePublicKey _known = Key(0);
    private readonly CurvePublicKey _unknown = Key(Certificates);

    [GlobalSetup]
    public async Task Setup()
    {
        _directory = Directory.CreateTempSubdirectory("zmtp-store-").FullName;

        // Files that are new are read again, in case they change once more within one step of the file system's clock.
        var old = DateTime.UtcNow.AddHours(-1);
        for (var i = 0; i < Certificates; i++)
        {
            var path = Path.Combine(_directory, $"{i}.txt");
            var metadata = $"metadata\n    name = \"client {i}\"\n    email = \"{i}@example.org\"\n";
            await File.WriteAllTextAsync(path, $"{metadata}curve\n    public-key = \"{Key(i)}\"\n");
            File.SetLastWriteTimeUtc(path, old);
        }

        _store = CertificateStore.Open(_directory);
        _known = Key(Certificates / 2);
        if (Load() == Certificates && await Find() && !await FindNobody()) return;
        throw new InvalidOperationException("The store does not hold what it should.");
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _store!.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark(Description = "read 10,000 files")]
    public int Load()
    {
        using var store = CertificateStore.Open(_directory);
        return store.Count;
    }

    [Benchmark(Description = "look for changes in 10,000 files")]
    public bool Refresh() => _store!.Refresh();

    [Benchmark(Description = "find one of 10,000")]
    public async ValueTask<bool> Find() => await _store!.FindAsync(_known, CancellationToken.None) is not null;

    [Benchmark(Description = "find nobody among 10,000")]
    public async ValueTask<bool> FindNobody() => await _store!.FindAsync(_unknown, CancellationToken.None) is not null;

    private static CurvePublicKey Key(int number)
    {
        Span<byte> octets = stackalloc byte[CurvePublicKey.Size];
        octets.Fill(9);
        BitConverter.TryWriteBytes(octets, number + 1);
        return new CurvePublicKey(octets);
    }
}
