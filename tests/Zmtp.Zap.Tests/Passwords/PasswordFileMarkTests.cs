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
}
