using System.Text;
using Microsoft.Extensions.Logging;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>Hashes in password files.</summary>
public sealed class PasswordFileHashTests : IDisposable
{
    private static readonly PasswordHashParameters Small = new(8, 1);

    private readonly TemporaryDirectory _directory = new();
    private readonly ListLogger _logger = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task PASSWORDS_HashAndClearText_StandInOneFile()
    {
        using var file = Open($"joe={PasswordHash.Create("one", Small).ToPhc()}\r\nann=two\n");
        Assert.True(await Verify(file, "joe", "one"));
        Assert.False(await Verify(file, "joe", "two"));
        Assert.True(await Verify(file, "ann", "two"));
        Assert.Equal(2, file.Count);
        Assert.Empty(file.Problems);
    }

    [Fact]
    public async Task PASSWORDS_TextOfAHash_IsNoPassword()
    {
        // To CZMQ it is.
        var hash = PasswordHash.Create("one", Small).ToPhc();
        using var file = Open($"joe={hash}\n");
        Assert.False(await Verify(file, "joe", hash));
    }

    [Theory]
    [InlineData("$argon2id$v=19$m=64,t=1,p=4$c29tZXNhbHRzb21lc2FsdA$nrbVveCyOJGsLPFme+VHTcq3tyr7ER9/kJoJsVK6sUo")]
    [InlineData("$argon2id$half a password")]
    [InlineData("$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$77X1OtRH9olx3G9mXHJJzKWqXxbc1sXyAxQFftkk7VM")]
    [InlineData("$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW")]
    [InlineData("$6$rounds=5000$salt$hash")]
    [InlineData("$apr1$TqI9WECO$LHZB2DqRlk9nObiB6vJG9.")]
    [InlineData("$sha1$480000$GKJ5WkzC$tR4X4kGn7F6pHNZhKmmBJZgYcHAF")]
    [InlineData("$md5$GUBv0xjJ$$mSwgIswdjlTY0YxV7HBVm0")]
    [InlineData("$3$$8846f7eaee8fb117ad06bdd830b7586c")]
    [InlineData("$P$984478476IagS59wHZvyQMArzfx58u.")]
    [InlineData("$H$9V1cX/WqUhsSWM0ipyB7HwFQqTQKxP1")]
    [InlineData("$S$D2YtW7Bbws4Zb0OVGwBoStOKkGRVGr1iqXvFR6f3uWnMPJPOfuZr")]
    [InlineData("$argon2$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$77X1OtRH9olx3G9mXHJJzKWqXxbc1sXyAxQFftkk7VM")]
    [InlineData("$argon2id$v=19$m=4000000,t=9,p=1$c29tZXNhbHRzb21lc2FsdA$K13EBUiG7JV+9ZxztmHFTdb7J0WQsnj2V8bZaqyPptE")]
    public async Task PASSWORDS_HashThatCannotBeVerified_IsToldByNameAndLineAndHarmsNobody(string entry)
    {
        using var file = Open($"# users\nann=two\njoe={entry}\nbob=three\n");
        Assert.True(await Verify(file, "ann", "two"));
        Assert.True(await Verify(file, "bob", "three"));
        Assert.False(await Verify(file, "joe", entry));
        var problem = Assert.Single(file.Problems);
        Assert.Equal((3, "joe"), (problem.Line, problem.UserName));
        Assert.True(file.IsCurrent);
        var warning = Assert.Single(_logger.Entries, e => e.Level == LogLevel.Warning && e.Text.Contains("joe", StringComparison.Ordinal));
        Assert.Contains("line 3", warning.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(entry, _logger.All, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$ecret")]
    [InlineData("$ecret$money")]
    [InlineData("$Secret$money")]
    [InlineData("$md5")]
    [InlineData("$P")]
    [InlineData("$")]
    [InlineData("$$")]
    [InlineData("argon2id$")]
    public async Task PASSWORDS_ClearTextWithDollars_IsClearText(string password)
    {
        using var file = Open($"joe={password}\n");
        Assert.True(await Verify(file, "joe", password));
        Assert.Empty(file.Problems);
    }

    [Fact]
    public async Task PASSWORDS_RefusedEntryAfterAGoodOne_ReplacesIt()
    {
        using var file = Open("joe=old\njoe=$2b$12$unknown\n");
        Assert.False(await Verify(file, "joe", "old"));
        Assert.Equal(0, file.Count);
    }

    [Fact]
    public async Task PASSWORDS_MoreThanFourCosts_TheFifthIsRefusedByName()
    {
        var lines = Enumerable.Range(1, 5).Select(i => $"u{i}={PasswordHash.Create("x", new PasswordHashParameters(8, i)).ToPhc()}\n");
        using var file = Open(string.Concat(lines) + $"u6={PasswordHash.Create("x", Small).ToPhc()}\n");
        Assert.True(await Verify(file, "u4", "x"));
        Assert.True(await Verify(file, "u6", "x"));
        Assert.False(await Verify(file, "u5", "x"));
        Assert.Equal("u5", Assert.Single(file.Problems).UserName);
    }

    [Fact]
    public async Task PASSWORDS_Version_StaysWithTheEntryAndGoesWithIt()
    {
        var hash = PasswordHash.Create("one", Small).ToPhc();
        using var file = Open($"joe={hash}\nann=same\nbob=same\n");
        var joe = await Version(file, "joe");
        var ann = await Version(file, "ann");
        Assert.NotNull(joe);
        Assert.NotNull(ann);
        Assert.NotEqual(ann, await Version(file, "bob"));
        Assert.Null(await Version(file, "nobody"));

        _directory.Replace("passwd", $"# moved\nann=same\njoe={hash}\n");
        Assert.Equal(joe, await Version(file, "joe"));
        Assert.Equal(ann, await Version(file, "ann"));
        Assert.Null(await Version(file, "bob"));

        _directory.Replace("passwd", $"joe={PasswordHash.Create("one", Small).ToPhc()}\nann=other\n");
        Assert.NotEqual(joe, await Version(file, "joe"));
        Assert.NotEqual(ann, await Version(file, "ann"));
        using var second = new PasswordFile(file.FullPath);
        Assert.NotEqual(await Version(file, "ann"), await Version(second, "ann"));
    }

    [Fact]
    public async Task PASSWORDS_RealHashes_LetInByTheStockHasher()
    {
        using var file = Open($"joe={PasswordHash.Create("secret").ToPhc()}\n");
        Assert.True(await Verify(file, "joe", "secret"));
        Assert.False(await Verify(file, "joe", "Secret"));
        Assert.False(await Verify(file, "nobody", "secret"));
    }

    private PasswordFile Open(string text) => new(_directory.Write("passwd", text), _logger);

    private static Task<bool> Verify(PasswordFile file, string user, string password) =>
        file.VerifyAsync(user, Encoding.UTF8.GetBytes(password), TestTimeout.Token).AsTask();

    private static Task<string?> Version(PasswordFile file, string user) => file.FindVersionAsync(user, TestTimeout.Token).AsTask();
}
