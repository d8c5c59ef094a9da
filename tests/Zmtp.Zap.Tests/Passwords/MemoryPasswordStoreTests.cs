using System.Text;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

public sealed class MemoryPasswordStoreTests : IDisposable
{
    private readonly MemoryPasswordStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task PASSWORDS_InMemory_AddChangeAndRemoveHoldAtOnceAndAreTold()
    {
        var changes = 0;
        _store.Changed += (_, _) => changes++;
        _store.SetClearText("joe", "one");
        Assert.True(await Verify("joe", "one"));
        _store.Set("joe", PasswordHash.Create("two", new PasswordHashParameters(8, 1)));
        Assert.False(await Verify("joe", "one"));
        Assert.True(await Verify("joe", "two"));
        Assert.Equal(["joe"], _store.UserNames);
        Assert.True(_store.Remove("joe"));
        Assert.False(_store.Remove("joe"));
        Assert.False(await Verify("joe", "two"));
        Assert.Equal(0, _store.Count);
        Assert.Equal(3, changes);
    }

    [Fact]
    public async Task PASSWORDS_InMemory_VersionGoesWithTheEntry()
    {
        _store.SetClearText("joe", "one");
        _store.SetClearText("ann", "one");
        var version = await Version("joe");
        Assert.NotNull(version);
        Assert.NotEqual(version, await Version("ann"));
        _store.SetClearText("joe", "one");
        Assert.Equal(version, await Version("joe"));
        _store.SetClearText("joe", "two");
        Assert.NotEqual(version, await Version("joe"));
        Assert.Null(await Version("nobody"));
    }

    [Fact]
    public void PASSWORDS_InMemory_BadNamesAndPasswordsAreRefused()
    {
        Assert.Throws<ArgumentException>(() => _store.SetClearText("", "x"));
        Assert.Throws<ArgumentException>(() => _store.SetClearText("\uD800", "x"));
        Assert.Throws<ArgumentException>(() => _store.SetClearText("joe", "\uD800"));
        Assert.Equal(0, _store.Count);
    }

    [Fact]
    public void PASSWORDS_InMemory_MoreThanFourCostsAreRefused()
    {
        for (var i = 1; i <= 4; i++) _store.Set($"u{i}", Hash(i));
        Assert.Throws<InvalidOperationException>(() => _store.Set("u5", Hash(5)));
        _store.Remove("u4");
        _store.Set("u5", Hash(5));
        _store.Set("u6", Hash(1));
        Assert.Equal(5, _store.Count);

        static PasswordHash Hash(int passes) => PasswordHash.Create("x", new PasswordHashParameters(8, passes));
    }

    [Fact]
    public async Task PASSWORDS_InMemory_DisposedThrows()
    {
        _store.SetClearText("joe", "one");
        _store.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Verify("joe", "one"));
        Assert.Throws<ObjectDisposedException>(() => _store.SetClearText("joe", "two"));
    }

    private async Task<bool> Verify(string user, string password) =>
        await _store.VerifyAsync(user, Encoding.UTF8.GetBytes(password), TestTimeout.Token);

    private async Task<string?> Version(string user) => await _store.FindVersionAsync(user, TestTimeout.Token);
}
