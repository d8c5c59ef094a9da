using System.Text;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>What a check costs is counted, not measured: who is asked for must make no difference.</summary>
public sealed class PasswordTimingTests : IDisposable
{
    private static readonly PasswordHashParameters Cheap = new(8, 1);
    private static readonly PasswordHashParameters Dear = new(16, 2);

    private readonly TemporaryDirectory _directory = new();
    private readonly CountingHasher _hasher = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("joe", "right", true)]
    [InlineData("joe", "wrong", false)]
    [InlineData("old", "right", true)]
    [InlineData("old", "wrong", false)]
    [InlineData("clear", "right", true)]
    [InlineData("clear", "wrong", false)]
    [InlineData("nobody", "right", false)]
    [InlineData("", "", false)]
    public async Task PASSWORDS_MixedFile_EveryCheckComputesTheSame(string user, string password, bool isGood)
    {
        using var file = Open($"joe={Hash("right", Dear)}\nann={Hash("x", Dear)}\nold={Hash("right", Cheap)}\nclear=right\n");
        _hasher.Take();
        Assert.Equal(isGood, await Verify(file, user, password));
        Assert.Equal([Cheap, Dear], _hasher.Take());
    }

    [Theory]
    [InlineData("joe", "right")]
    [InlineData("joe", "wrong")]
    [InlineData("nobody", "wrong")]
    public async Task PASSWORDS_HashesOfOneKind_CostOneComputation(string user, string password)
    {
        using var file = Open($"joe={Hash("right", Dear)}\nann={Hash("x", Dear)}\n");
        _hasher.Take();
        await Verify(file, user, password);
        Assert.Equal([Dear], _hasher.Take());
    }

    [Fact]
    public async Task PASSWORDS_ClearTextOnly_ComputesNoHash()
    {
        using var file = Open("joe=right\n");
        Assert.True(await Verify(file, "joe", "right"));
        Assert.False(await Verify(file, "nobody", "right"));
        Assert.Empty(_hasher.Take());
    }

    [Fact]
    public async Task PASSWORDS_InMemory_EveryCheckComputesTheSame()
    {
        using var store = new MemoryPasswordStore(_hasher);
        store.Set("joe", PasswordHash.Create("right"u8, Dear, _hasher));
        store.SetClearText("clear", "right");
        _hasher.Take();
        foreach (var user in new[] { "joe", "clear", "nobody" })
        {
            Assert.Equal(user != "nobody", await store.VerifyAsync(user, "right"u8.ToArray(), TestTimeout.Token));
            Assert.Equal([Dear], _hasher.Take());
        }

        // Once the last hash is gone nothing is computed any more.
        store.SetClearText("joe", "right");
        Assert.True(await store.VerifyAsync("joe", "right"u8.ToArray(), TestTimeout.Token));
        Assert.Empty(_hasher.Take());
    }

    [Fact]
    public async Task PASSWORDS_Hashes_AreComputedOffTheCallersThreadAndAFewAtOnce()
    {
        using var gate = new ManualResetEventSlim();
        var hasher = new CountingHasher { Gate = gate };
        using var store = new MemoryPasswordStore(hasher);
        store.Set("joe", PasswordHash.Create("right"u8, Dear, new CountingHasher()));
        var checks = Enumerable.Range(0, Environment.ProcessorCount + 3)
            .Select(_ => store.VerifyAsync("joe", "right"u8.ToArray(), TestTimeout.Token).AsTask()).ToArray();

        // The caller is back already, though nothing can have been computed to its end.
        await hasher.Begun.WaitAsync(TestTimeout.Token);
        Assert.DoesNotContain(checks, check => check.IsCompleted);
        using var impatient = new CancellationTokenSource();
        var last = store.VerifyAsync("joe", "right"u8.ToArray(), impatient.Token).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => last);

        gate.Set();
        Assert.All(await Task.WhenAll(checks).WithinAsync(), Assert.True);
        Assert.Equal(checks.Length, hasher.Count);
        Assert.InRange(hasher.MostRunning, 1, Environment.ProcessorCount);
        Assert.False(hasher.OnPoolThread);
    }

    /// <summary>The key of the clear-text passwords is zeroed by then: to say that one is wrong would be untrue.</summary>
    [Theory]
    [InlineData("joe", true)]
    [InlineData("clear", true)]
    [InlineData("joe", false)]
    [InlineData("clear", false)]
    public async Task PASSWORDS_DisposedOfWhileAHashIsComputed_Throws(string user, bool isFile)
    {
        using var gate = new ManualResetEventSlim();
        var hasher = new CountingHasher { Gate = gate };
        using var file = new PasswordFile(_directory.Write("passwd", $"joe={Hash("right", Dear)}\nclear=right\n"), null, null, hasher);
        using var memory = new MemoryPasswordStore(hasher);
        memory.Set("joe", PasswordHash.Create("right"u8, Dear, _hasher));
        memory.SetClearText("clear", "right");
        IPasswordStore store = isFile ? file : memory;
        var check = store.VerifyAsync(user, "right"u8.ToArray(), TestTimeout.Token).AsTask();
        await hasher.Begun.WaitAsync(TestTimeout.Token);

        ((IDisposable)store).Dispose();
        gate.Set();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => check.WithinAsync());
    }

    private string Hash(string password, PasswordHashParameters parameters) =>
        PasswordHash.Create(Encoding.UTF8.GetBytes(password), parameters, _hasher).ToPhc();

    private PasswordFile Open(string text) => new(_directory.Write("passwd", text), null, null, _hasher);

    private static Task<bool> Verify(PasswordFile file, string user, string password) =>
        file.VerifyAsync(user, Encoding.UTF8.GetBytes(password), TestTimeout.Token).AsTask();
}
