using System.Text;
using Microsoft.Extensions.Logging;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

public sealed class PasswordFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ListLogger _logger = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("joe=secret\n", "joe", "secret", true)]
    [InlineData("joe=secret", "joe", "secret", true)]
    [InlineData("joe=secret\r\n", "joe", "secret", true)]
    [InlineData("joe=secret\r\n", "joe", "secret\r", false)]
    [InlineData("joe=secret\n", "joe", "secre", false)]
    [InlineData("joe=secret\n", "joe", "secrett", false)]
    [InlineData("joe=secret\n", "joe", "", false)]
    [InlineData("joe=secret\n", "Joe", "secret", false)]
    [InlineData("joe=secret\n", "bob", "secret", false)]
    [InlineData("joe=a=b=c\n", "joe", "a=b=c", true)]
    [InlineData("joe=a=b=c\n", "joe=a", "b=c", false)]
    [InlineData("joe=\n", "joe", "", true)]
    [InlineData("joe = secret\n", "joe ", " secret", true)]
    [InlineData("joe = secret\n", "joe", "secret", false)]
    [InlineData(" joe=secret\n", " joe", "secret", true)]
    [InlineData("joe=secret # no comment\n", "joe", "secret # no comment", true)]
    [InlineData("#joe=secret\n", "#joe", "secret", false)]
    [InlineData("#joe=secret\n", "joe", "secret", false)]
    [InlineData(" #joe=secret\n", " #joe", "secret", true)]
    [InlineData("=secret\n", "", "secret", false)]
    [InlineData("joe\n", "joe", "", false)]
    [InlineData("\n\njoe=secret\n", "joe", "secret", true)]
    [InlineData("joe=first\njoe=last\n", "joe", "last", true)]
    [InlineData("joe=first\njoe=last\n", "joe", "first", false)]
    [InlineData("zoë=çé\n", "zoë", "çé", true)]
    [InlineData("", "joe", "secret", false)]
    public async Task PASSWORDS_File_IsReadAsCzmqReadsIt(string text, string user, string password, bool isGood)
    {
        using var file = new PasswordFile(_directory.Write("passwd", text));
        Assert.Equal(isGood, await Verify(file, user, password));
    }

    [Fact]
    public async Task PASSWORDS_LineLongerThanABuffer_IsOneLine()
    {
        // CZMQ reads lines in pieces of 1023 bytes.
        var password = new string('p', 5000);
        using var file = new PasswordFile(_directory.Write("passwd", $"joe={password}\n"));
        Assert.True(await Verify(file, "joe", password));
    }

    [Fact]
    public async Task PASSWORDS_FileChanges_HoldsForTheNextCheck()
    {
        using var file = new PasswordFile(_directory.Write("passwd", "joe=one\n"), _logger);
        Assert.True(await Verify(file, "joe", "one"));
        _directory.Replace("passwd", "joe=two words\n");
        Assert.False(await Verify(file, "joe", "one"));
        Assert.True(await Verify(file, "joe", "two words"));

        // The log names the file too, in whose path chance may have put any word, but not a space.
        Assert.DoesNotContain("two words", _logger.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PASSWORDS_SettledFileReplaced_HoldsForTheNextCheck()
    {
        var old = DateTime.UtcNow.AddDays(-1);
        File.SetLastWriteTimeUtc(_directory.Write("passwd", "joe=one\n"), old);
        using var file = new PasswordFile(_directory["passwd"]);
        Assert.True(await Verify(file, "joe", "one"));
        Assert.True(await Verify(file, "joe", "one"));
        File.SetLastWriteTimeUtc(_directory.Replace("passwd", "joe=two\n"), old.AddMilliseconds(1));
        Assert.True(await Verify(file, "joe", "two"));
    }

    [Fact]
    public async Task PASSWORDS_MissingFile_LetsNobodyInUntilItIsThere()
    {
        using var file = new PasswordFile(_directory["passwd"], _logger);
        Assert.False(await Verify(file, "joe", "secret"));
        Assert.False(await Verify(file, "joe", "secret"));
        Assert.Equal(LogLevel.Error, Assert.Single(_logger.Entries).Level);
        _directory.Replace("passwd", "joe=secret\n");
        Assert.True(await Verify(file, "joe", "secret"));
        File.Delete(_directory["passwd"]);
        Assert.False(await Verify(file, "joe", "secret"));
    }

    /// <summary>A number may be one as well as many.</summary>
    [Fact]
    public async Task PASSWORDS_OneUserAndOneMoreBadLineThanIsNamed_AreCountedInWordsThatFitAnyNumber()
    {
        _directory.Write("passwd", "joe=secret\n" + string.Concat(Enumerable.Range(0, 21).Select(static i => $"nothing {i}\n")));
        using var file = new PasswordFile(_directory["passwd"], _logger);
        Assert.True(await Verify(file, "joe", "secret"));
        Assert.Contains($"Password file {_directory["passwd"]} was read; users: 1.", _logger.All, StringComparison.Ordinal);
        Assert.Contains("further lines to look at: 1.", _logger.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PASSWORDS_FileThatCannotBeRead_KeepsTheLastGoodOneAndSaysSoOnce()
    {
        using var file = new PasswordFile(_directory.Write("passwd", "joe=secret\n"), _logger);
        Assert.True(await Verify(file, "joe", "secret"));
        using (var huge = File.OpenWrite(_directory["passwd"])) huge.SetLength(PasswordFile.MaxSize + 1L);
        file.Refresh();
        Assert.True(await Verify(file, "joe", "secret"));
        Assert.True(await Verify(file, "joe", "secret"));
        Assert.False(await Verify(file, "joe", "wrong"));
        Assert.Single(_logger.Entries, entry => entry.Level == LogLevel.Error);
        _directory.Replace("passwd", "joe=new\n");
        Assert.True(await Verify(file, "joe", "new"));
    }

    [Fact]
    public void PASSWORDS_FileNotReadYet_IsNotCurrent()
    {
        using var file = new PasswordFile(_directory.Write("passwd", "joe=secret\n"), _logger);
        Assert.Equal((false, 0), (file.IsCurrent, file.Count));
        Assert.Empty(file.UserNames);
        file.Refresh();
        Assert.Equal((true, 1), (file.IsCurrent, file.Count));
        Assert.Equal(["joe"], file.UserNames);
    }

    [Fact]
    public async Task PASSWORDS_FileThatNeverCouldBeRead_Throws()
    {
        using (var huge = File.OpenWrite(_directory["passwd"])) huge.SetLength(PasswordFile.MaxSize + 1L);
        using var file = new PasswordFile(_directory["passwd"], _logger);
        await Assert.ThrowsAsync<IOException>(() => Verify(file, "joe", "secret"));
    }

    [Fact]
    public async Task PASSWORDS_NameThatIsNotUtf8_IsSkippedWithItsLine()
    {
        using var file = new PasswordFile(_directory.Write("passwd", [.. "a=1\n"u8, 0xFF, .. "=2\nb=3\n"u8]), _logger);
        Assert.True(await Verify(file, "a", "1"));
        Assert.True(await Verify(file, "b", "3"));
        Assert.False(await Verify(file, "\uFFFD", "2"));
        Assert.Contains(
            _logger.Entries, entry => entry.Level == LogLevel.Warning && entry.Text.Contains("line 2:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("joe secret")]
    [InlineData("joe: secret")]
    [InlineData("=secret")]
    public void PASSWORDS_LineThatIsNeitherEntryNorComment_IsAProblemWithoutItsText(string line)
    {
        using var file = new PasswordFile(_directory.Write("passwd", $"# who may come in\n\n \t\n # ann is away\nann=pass\n{line}\n"), _logger);
        file.Refresh();

        var problem = Assert.Single(file.Problems);
        Assert.Equal((6, null), (problem.Line, problem.UserName));
        Assert.Contains("not name=password", problem.Message, StringComparison.Ordinal);
        Assert.Equal(1, file.Count);
        Assert.Single(_logger.Entries, static entry => entry.Level == LogLevel.Warning && entry.Text.Contains("line 6:", StringComparison.Ordinal));
        Assert.DoesNotContain("secret", _logger.All, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("joe = secret", "joe ")]
    [InlineData(" joe=secret", " joe")]
    [InlineData("joe\t=secret", "joe\t")]
    public async Task PASSWORDS_NameWithABlankAtAnEnd_CountsAndIsAProblem(string line, string user)
    {
        using var file = new PasswordFile(_directory.Write("passwd", $"ann=pass\nJo Ann=pass\n{line}\n"), _logger);

        Assert.True(await Verify(file, user, line[(line.IndexOf('=') + 1)..]));

        var problem = Assert.Single(file.Problems);
        Assert.Equal((3, user), (problem.Line, problem.UserName));
        Assert.Contains("blank", problem.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(3, file.Count);
    }

    /// <summary>A file of another kind may have millions of lines.</summary>
    [Fact]
    public void PASSWORDS_VeryManyLinesThatAreNoEntries_AreCountedAndTheFirstOnesTold()
    {
        const int Lines = 100_000;
        var text = string.Concat(Enumerable.Repeat("x\n", Lines));
        using var file = new PasswordFile(_directory.Write("passwd", text + "ann=pass\n"), _logger);
        file.Refresh();

        Assert.InRange(file.Problems.Count, 20, 1001);
        Assert.Contains($"{Lines} lines", file.Problems[0].Message, StringComparison.Ordinal);
        Assert.Equal((0, 1), (file.Problems[0].Line, file.Problems[1].Line));
        Assert.Contains($"{Lines} lines", _logger.All, StringComparison.Ordinal);
        Assert.Equal(1, file.Count);
    }

    [Fact]
    public void PASSWORDS_Entry_KeepsNoPassword()
    {
        using var key = new PasswordKey();
        var entry = PasswordEntry.OfClearText("secret"u8, key);
        Assert.Equal(PasswordKey.DigestSize, entry.Octets.Length);
        Assert.Equal(-1, entry.Octets.IndexOf("secret"u8));
    }

    private static Task<bool> Verify(PasswordFile file, string user, string password) =>
        file.VerifyAsync(user, Encoding.UTF8.GetBytes(password), TestTimeout.Token).AsTask();
}
