using System.Text;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

public sealed class PasswordFileEditorTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task EDITOR_NewFile_HasTheUsersAndIsItsOwnersOnly()
    {
        using (var editor = PasswordFileEditor.Open(_directory["passwd"]))
        {
            Assert.Empty(editor.UserNames);
            Assert.True(editor.Set("joe", PasswordHash.Create("one", new PasswordHashParameters(8, 1))));
            Assert.True(editor.SetClearText("ann", "with=equals"));
            Assert.False(File.Exists(_directory["passwd"]));
            editor.Save();
        }

        using var file = new PasswordFile(_directory["passwd"]);
        Assert.True(await file.VerifyAsync("joe", "one"u8.ToArray(), TestTimeout.Token));
        Assert.True(await file.VerifyAsync("ann", "with=equals"u8.ToArray(), TestTimeout.Token));
        Assert.Equal(["passwd"], Directory.GetFileSystemEntries(_directory.FullPath).Select(Path.GetFileName));
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory["passwd"]));
    }

    [Theory]
    [InlineData("# top\njoe=one\n\n#joe=old\nnothing\nann=two\n", "# top\njoe=NEW\n\n#joe=old\nnothing\nann=two\n")]
    [InlineData("joe=one\r\nann=two\r\n", "joe=NEW\r\nann=two\r\n")]
    [InlineData("joe=one", "joe=NEW")]
    [InlineData("joe=one\nann=two\njoe=three", "ann=two\njoe=NEW")]
    [InlineData("ann=two", "ann=two\njoe=NEW\n")]
    [InlineData("ann=two\r\nbob=x", "ann=two\r\nbob=x\r\njoe=NEW\r\n")]
    [InlineData("ann=x\r", "ann=x\njoe=NEW\n")]
    [InlineData("ann=x\r\r", "ann=x\r\r\njoe=NEW\n")]
    [InlineData("ann=two\r\nbob=x\r\r", "ann=two\r\nbob=x\r\r\njoe=NEW\r\n")]
    [InlineData("", "joe=NEW\n")]
    [InlineData("=joe\n joe=x\n", "=joe\n joe=x\njoe=NEW\n")]
    public void EDITOR_Set_ChangesThatUserAndKeepsTheRest(string before, string after)
    {
        _directory.Write("passwd", before);
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        Assert.Equal(!editor.Contains("joe"), editor.SetClearText("joe", "NEW"));
        editor.Save();
        Assert.Equal(after, File.ReadAllText(_directory["passwd"]));
    }

    [Theory]
    [InlineData("# top\njoe=one\nann=two\njoe=three\n", "# top\nann=two\n", true)]
    [InlineData("ann=two\n", "ann=two\n", false)]
    [InlineData("joe=one", "", true)]
    public void EDITOR_Remove_TakesAllEntriesOfThatUser(string before, string after, bool wasThere)
    {
        _directory.Write("passwd", before);
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        Assert.Equal(wasThere, editor.Remove("joe"));
        Assert.False(editor.Contains("joe"));
        editor.Save();
        Assert.Equal(after, File.ReadAllText(_directory["passwd"]));
    }

    [Fact]
    public void EDITOR_LinesThatAreNotUtf8_AreKeptAndHaveNoName()
    {
        byte[] text = [.. "a=1\n"u8, 0xFF, .. "=2\nb=3\na=4\n"u8];
        _directory.Write("passwd", text);
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        Assert.Equal(["a", "b"], editor.UserNames);
        editor.SetClearText("c", "5");
        editor.Save();
        Assert.Equal([.. text, .. "c=5\n"u8], File.ReadAllBytes(_directory["passwd"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("#joe")]
    [InlineData("j=oe")]
    [InlineData("joe\n")]
    [InlineData("jo\re")]
    [InlineData("jo\0e")]
    public void EDITOR_NameThatWouldBreakTheFile_IsRefused(string name)
    {
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        Assert.Throws<ArgumentException>(() => editor.SetClearText(name, "x"));
        Assert.Throws<ArgumentException>(() => editor.Set(name, PasswordHash.Create("x", new PasswordHashParameters(8, 1))));
        Assert.Empty(editor.UserNames);
    }

    [Theory]
    [InlineData("hunter2\nroot=x")]
    [InlineData("hunter2\r")]
    [InlineData("hunter2\0")]
    [InlineData("$argon2id$hunter2")]
    [InlineData("$2b$hunter2")]
    public void EDITOR_ClearTextThatWouldBeReadAsSomethingElse_IsRefusedUnquoted(string password)
    {
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        var error = Assert.Throws<ArgumentException>(() => editor.SetClearText("joe", password));
        Assert.DoesNotContain("hunter", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void EDITOR_TooLongOrWithoutUtf8_IsRefused()
    {
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        Assert.Throws<ArgumentException>(() => editor.SetClearText("jo\uD800e", "x"));
        Assert.Throws<ArgumentException>(() => editor.SetClearText(new string('é', 128), "x"));
        Assert.Throws<ArgumentException>(() => editor.SetClearText("joe", new string('é', 128)));
        Assert.True(editor.SetClearText(new string('e', 255), new string('e', 255)));
    }

    [Fact]
    public void EDITOR_FileChangedMeanwhile_IsNotOverwritten()
    {
        _directory.Write("passwd", "joe=one\n");
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        using var other = PasswordFileEditor.Open(_directory["passwd"]);
        other.SetClearText("ann", "two");
        other.Save();
        editor.SetClearText("bob", "three");
        Assert.Throws<ChangedMeanwhileException>(editor.Save);
        Assert.Equal("joe=one\nann=two\n", File.ReadAllText(_directory["passwd"]));

        // What was saved is the ground for the next change.
        other.Remove("joe");
        other.Save();
        Assert.Equal("ann=two\n", File.ReadAllText(_directory["passwd"]));
    }

    /// <summary>Each saves what it has read and changed: whoever loses must hear of it, or a removed user would come back.</summary>
    [Fact]
    public async Task EDITOR_ManyWhoSaveAtOnce_LoseNothing()
    {
        const int Editors = 8;
        for (var round = 0; round < 10; round++)
        {
            var path = _directory[$"passwd{round}"];
            using var barrier = new Barrier(Editors);
            await Task.WhenAll(Enumerable.Range(0, Editors).Select(i => Task.Factory.StartNew(
                () => AddUser(path, $"u{i}", barrier), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)))
                .WithinAsync();
            using var editor = PasswordFileEditor.Open(path);
            Assert.Equal(Enumerable.Range(0, Editors).Select(i => $"u{i}"), editor.UserNames.Order(StringComparer.Ordinal));
        }

        Assert.DoesNotContain(Directory.GetFiles(_directory.FullPath), path => Path.GetFileName(path).StartsWith('.'));

        static void AddUser(string path, string name, Barrier barrier)
        {
            Assert.True(barrier.SignalAndWait(TestTimeout.Default));
            var timeout = TestTimeout.Token;
            while (true)
            {
                timeout.ThrowIfCancellationRequested();
                try
                {
                    using var editor = PasswordFileEditor.Open(path);
                    editor.SetClearText(name, "x");
                    editor.Save();
                    return;
                }
                catch (IOException)
                {
                    // Somebody else was quicker.
                }
            }
        }
    }

    [Fact]
    public void EDITOR_FileThatSomebodyElseIsChanging_IsLeftAlone()
    {
        _directory.Write("passwd", "joe=one\n");
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        editor.Remove("joe");
        using (new FileStream(_directory[".passwd.lock"], FileMode.Create, FileAccess.Write, FileShare.None))
        {
            var error = Assert.Throws<ChangedMeanwhileException>(editor.Save);
            Assert.Contains("being changed by somebody else", error.Message, StringComparison.Ordinal);
        }

        // A lock that somebody has left behind holds nobody up.
        Assert.Equal("joe=one\n", File.ReadAllText(_directory["passwd"]));
        editor.Save();
        Assert.Equal("", File.ReadAllText(_directory["passwd"]));
    }

    [Fact]
    public void EDITOR_LongestName_CanBeSaved()
    {
        var path = _directory[new string('p', 255)];
        using var editor = PasswordFileEditor.Open(path);
        editor.SetClearText("joe", "one");
        editor.Save();
        Assert.Equal("joe=one\n", File.ReadAllText(path));
    }

    [Fact]
    public void EDITOR_FileMadeMeanwhile_IsNotOverwritten()
    {
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        editor.SetClearText("joe", "one");
        _directory.Write("passwd", "");
        Assert.Throws<ChangedMeanwhileException>(editor.Save);
        Assert.Equal("", File.ReadAllText(_directory["passwd"]));
    }

    [Fact]
    public void EDITOR_ExistingMode_IsKeptWhateverTheUmaskIs()
    {
        if (OperatingSystem.IsWindows()) return;
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
        File.SetUnixFileMode(_directory.Write("passwd", "joe=one\n"), Mode);
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        editor.SetClearText("joe", "two");
        editor.Save();
        Assert.Equal(Mode, File.GetUnixFileMode(_directory["passwd"]));
    }

    [Fact]
    public void EDITOR_Link_StaysALinkToTheNewFile()
    {
        _directory.Write("real", "joe=one\n");
        File.CreateSymbolicLink(_directory["passwd"], _directory["real"]);
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        editor.SetClearText("joe", "two");
        editor.Save();
        Assert.NotNull(new FileInfo(_directory["passwd"]).LinkTarget);
        Assert.Equal("joe=two\n", File.ReadAllText(_directory["real"]));
    }

    [Fact]
    public void EDITOR_AnyFile_KeepsEverybodyElse()
    {
        string[] pieces = ["joe", "ann", "=", "=", "#", " ", "\n", "\n", "\r\n", "\r", "é", "$argon2id$", "$2b$", "x"];
        var random = new Random(7);
        using var key = new PasswordKey();
        for (var round = 0; round < 300; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => pieces[random.Next(pieces.Length)]));
            _directory.Write("passwd", text);
            using var editor = PasswordFileEditor.Open(_directory["passwd"]);
            if (round % 2 == 0) editor.SetClearText("joe", "new");
            else editor.Remove("joe");
            editor.Save();

            var before = Table(Encoding.UTF8.GetBytes(text));
            var after = Table(File.ReadAllBytes(_directory["passwd"]));
            Assert.Equal(round % 2 == 0, after.Check("joe").Run("new"u8));
            before.Remove("joe");
            after.Remove("joe");
            Assert.True(after.SaysTheSameAs(before), text);
        }

        PasswordTable Table(ReadOnlySpan<byte> octets)
        {
            var table = new PasswordTable(key, Argon2Hasher.Instance);
            PasswordFileParser.Parse(octets, table);
            return table;
        }
    }

    [Fact]
    public void EDITOR_NotAText_IsRefused()
    {
        _directory.Write("passwd", Encoding.Unicode.GetBytes("joe=one\n"));
        Assert.Throws<IOException>(() => PasswordFileEditor.Open(_directory["passwd"]));
    }

    [Fact]
    public void EDITOR_Disposed_Throws()
    {
        var editor = PasswordFileEditor.Open(_directory["passwd"]);
        editor.Dispose();
        Assert.Throws<ObjectDisposedException>(() => editor.SetClearText("joe", "x"));
        Assert.Throws<ObjectDisposedException>(() => editor.Remove("joe"));
        Assert.Throws<ObjectDisposedException>(editor.Save);
    }
}
