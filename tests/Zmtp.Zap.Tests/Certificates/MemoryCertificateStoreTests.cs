using Zmtp.Mechanisms;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

public sealed class MemoryCertificateStoreTests
{
    private static readonly CurvePublicKey One = Keys.Number(1);
    private static readonly CurvePublicKey Two = Keys.Number(2);

    [Fact]
    public void STORE_InMemory_TellsEachChange()
    {
        var store = new MemoryCertificateStore();
        var changes = 0;
        store.Changed += (_, _) => changes++;
        store.Set(One);
        Assert.Equal(1, changes);
        Assert.False(store.Remove(Two));
        Assert.Equal(1, changes);
        Assert.True(store.Remove(One));
        Assert.Equal(2, changes);
    }

    [Fact]
    public async Task STORE_InMemory_AddsReplacesAndRemoves()
    {
        var store = new MemoryCertificateStore();
        store.Set(One);
        using var certificate = new Certificate(One);
        certificate.Metadata.Set("name", "Ann");
        store.Set(certificate);
        certificate.Metadata.Set("name", "changed later");
        Assert.Equal("Ann", Assert.Single((await store.FindAsync(One, TestTimeout.Token))!.Metadata).Value);
        Assert.Equal(1, store.Count);
        Assert.True(store.Remove(One));
        Assert.Null(await store.FindAsync(One, TestTimeout.Token));
    }

    [Fact]
    public void STORE_InMemory_IsEmptiedByItsKeys()
    {
        var store = new MemoryCertificateStore();
        store.Set(One);
        store.Set(Two);
        var keys = store.PublicKeys;
        Assert.Equal([One, Two], keys.ToHashSet());
        foreach (var key in keys) Assert.True(store.Remove(key));
        Assert.Equal(2, keys.Count);
        Assert.Empty(store.PublicKeys);
    }
}
