using System.Text;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>Editors of Windows put a mark of UTF-8 (EF BB BF) before a text: it belongs to no name.</summary>
public sealed class PasswordFileMarkTests : IDisposable
{
    private static readonly byte[] Text = [0xEF, 0xBB, 0xBF, .. "joe=one\nann=two\n"u8];

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task PASSWORDS_MarkOfUtf8_BelongsToNoName()
    {
        _directory.Write("passwd", Text);
        using var file = new PasswordFile(_directory["passwd"]);
        Assert.True(await file.VerifyAsync("joe", "one"u8.ToArray(), TestTimeout.Token));
        Assert.True(await file.VerifyAsync("ann", "two"u8.ToArray(), TestTimeout.Token));
        Assert.Empty(file.Problems);
    }

    [Fact]
    public async Task PASSWORDS_MarkAlone_IsAFileWithoutUsers()
    {
        _directory.Write("passwd", Text.AsSpan(0, 3));
        using var file = new PasswordFile(_directory["passwd"]);
        Assert.False(await file.VerifyAsync("joe", ReadOnlyMemory<byte>.Empty, TestTimeout.Token));
        Assert.Equal(0, file.Count);
    }

    /// <summary>CZMQ would take it for part of the first name.</summary>
    [Fact]
    public void EDITOR_MarkOfUtf8_FindsTheFirstUserAndLeavesTheMarkOut()
    {
        _directory.Write("passwd", Text);
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        Assert.Equal(["joe", "ann"], editor.UserNames);
        Assert.False(editor.SetClearText("joe", "NEW"));
        editor.Save();
        Assert.Equal("joe=NEW\nann=two\n", Encoding.Latin1.GetString(File.ReadAllBytes(_directory["passwd"])));
        editor.Remove("joe");
        editor.Save();
        Assert.Equal("ann=two\n", Encoding.Latin1.GetString(File.ReadAllBytes(_directory["passwd"])));
    }

    /// <summary>At the file's beginning it would be left out, and the name would be another.</summary>
    [Theory]
    [InlineData("\uFEFFadmin")]
    [InlineData("\uFEFF")]
    [InlineData("\uFEFF\uFEFFadmin")]
    public void EDITOR_NameThatBeginsWithTheMark_IsRefused(string name)
    {
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        Assert.Contains("U+FEFF", Assert.Throws<ArgumentException>(() => editor.SetClearText(name, "x")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => editor.Set(name, PasswordHash.Create("x", new PasswordHashParameters(8, 1))));
        Assert.Empty(editor.UserNames);
        Assert.True(editor.SetClearText("ad\uFEFFmin", "x"));
    }

    [Theory]
    [InlineData("joe=one\n\uFEFFadmin=two\n", "# *\n\uFEFFadmin=two\n")]
    [InlineData("joe=one\r\n\uFEFFadmin=two\r\n", "# *\r\n\uFEFFadmin=two\r\n")]
    [InlineData("joe=one\n\uFEFFadmin=two", "# *\n\uFEFFadmin=two")]
    [InlineData("\uFEFFjoe=one\n\uFEFF\uFEFFadmin=two\n", "# *\n\uFEFF\uFEFFadmin=two\n")]
    [InlineData("\uFEFF\uFEFFadmin=two\njoe=one\n", "# *\n\uFEFFadmin=two\n")]
    public async Task EDITOR_NameWithTheMarkThatComesToBeFirst_StaysTheSameName(string before, string after)
    {
        _directory.Write("passwd", Encoding.UTF8.GetBytes(before));
        string[] names;
        using (var editor = PasswordFileEditor.Open(_directory["passwd"]))
        {
            Assert.True(editor.Remove("joe"));
            names = [.. editor.UserNames];
            editor.Save();
            AssertLooksLike(after);
            editor.Save();
            AssertLooksLike(after);
        }

        using (var again = PasswordFileEditor.Open(_directory["passwd"]))
        {
            Assert.Equal(names, again.UserNames);
            again.Save();
            AssertLooksLike(after);
            Assert.True(again.Remove(names[0]));
        }

        using var file = new PasswordFile(_directory["passwd"]);
        Assert.False(await file.VerifyAsync("admin", "two"u8.ToArray(), TestTimeout.Token));
        Assert.True(await file.VerifyAsync(names[0], "two"u8.ToArray(), TestTimeout.Token));
    }

    private void AssertLooksLike(string pattern)
    {
        var text = Encoding.UTF8.GetString(File.ReadAllBytes(_directory["passwd"]));
        var parts = pattern.Split('*');
        Assert.StartsWith(parts[0], text, StringComparison.Ordinal);
        Assert.EndsWith(parts[1], text, StringComparison.Ordinal);
        Assert.Equal(pattern.Count(static character => character == '\n'), text.Count(static character => character == '\n'));
    }
}
