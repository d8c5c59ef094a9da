using System.Text;
using Microsoft.Extensions.Time.Testing;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>Password files behind a link below a linked directory: which file that is, the system says.</summary>
public sealed class PasswordFileLinkTests : IDisposable
{
    private const string Linked = "app/current/users";
    private const string Real = "app/shared/users";

    private readonly TemporaryDirectory _directory = new();

    public PasswordFileLinkTests() => LinkedRelease.Lay(_directory, "users");

    public void Dispose() => _directory.Dispose();

    [UnixTheory]
    [InlineData("joe=one\n")]
    [InlineData(null)]
    public void EDITOR_LinkBelowALinkedDirectory_WritesWhatItLeadsTo(string? before)
    {
        if (before is not null) _directory.Write(Real, before);
        using var editor = PasswordFileEditor.Open(_directory[Linked]);
        editor.SetClearText("ann", "two");
        editor.Save();
        Assert.Equal(before + "ann=two\n", File.ReadAllText(_directory[Real]));
        Assert.Equal(File.ReadAllText(_directory[Real]), File.ReadAllText(_directory[Linked]));
        Assert.Equal("../../shared/users", new FileInfo(_directory["app/releases/5/users"]).LinkTarget);
        Assert.Empty(Directory.GetFileSystemEntries(_directory["shared"]));
    }

    /// <summary>Where a wrong way leads there is another file, which does not change.</summary>
    [UnixFact]
    public async Task PASSWORDS_LinkBelowALinkedDirectory_FollowWhatItLeadsTo()
    {
        _directory.Write("shared/users", "eve=one\n");
        _directory.Write(Real, "joe=one\n");
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddSeconds(10));
        using var file = new PasswordFile(_directory[Linked], null, time);
        Assert.True(await Verify(file, "joe", "one"));

        File.Move(_directory.Write("new", "ann=two\n"), _directory[Real], overwrite: true);
        Assert.False(await Verify(file, "joe", "one"));
        Assert.True(await Verify(file, "ann", "two"));
    }

    private static async Task<bool> Verify(PasswordFile file, string user, string password) =>
        await file.VerifyAsync(user, Encoding.UTF8.GetBytes(password), TestTimeout.Token);
}
