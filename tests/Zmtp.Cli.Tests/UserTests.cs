using System.Text;
using Microsoft.Extensions.Time.Testing;
using Zmtp.Cli.Consoles;
using Zmtp.Testing;
using Zmtp.Zap;

namespace Zmtp.Cli.Tests;

public sealed class UserTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestConsole _console = new();

    private string File => _directory["users.txt"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task UserAdd_FromStandardInput_HashesThePassword()
    {
        Assert.Equal(ExitCode.Success, await AddAsync("ann", "correct horse"));

        var text = System.IO.File.ReadAllText(File);
        Assert.StartsWith("ann=$argon2id$", text, StringComparison.Ordinal);
        Assert.DoesNotContain("correct horse", text + _console.Output + _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UserAdd_Clear_WritesWhatCzmqReads()
    {
        await Cli.RunAsync(_console.Reading("correct=horse\r\n"), "user", "add", File, "ann", "--password-stdin", "--clear");
        Assert.Equal("ann=correct=horse\n", System.IO.File.ReadAllText(File));
    }

    [Fact]
    public async Task UserAdd_FromStandardInput_TakesTheFirstLineOnly()
    {
        await Cli.RunAsync(_console.Reading("pw\nmore\n"), "user", "add", File, "ann", "--password-stdin", "--clear");
        await Cli.RunAsync(_console.Reading("no end"), "user", "add", File, "bob", "--password-stdin", "--clear");
        Assert.Equal("ann=pw\nbob=no end\n", System.IO.File.ReadAllText(File));
    }

    [Fact]
    public async Task UserAdd_AByteOrderMark_IsNoPartOfThePassword()
    {
        await Cli.RunAsync(_console.Reading("\ufeffpw\n"), "user", "add", File, "ann", "--password-stdin", "--clear");
        Assert.Equal("ann=pw\n", System.IO.File.ReadAllText(File));
    }

    [Fact]
    public async Task UserAdd_Asking_TakesThePasswordTwice()
    {
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console.Answering("pw", "pw"), "user", "add", File, "ann", "--clear"));
        Assert.Equal("ann=pw\n", System.IO.File.ReadAllText(File));

        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console.Answering("pw", "px"), "user", "add", File, "bob"));
        Assert.Equal("ann=pw\n", System.IO.File.ReadAllText(File));
    }

    [Fact]
    public async Task UserAdd_ASecondAnswerThatIsNone_ZeroesTheFirst()
    {
        _console.Answering("pw", new string('x', Secret.MaxLength + 1));
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console, "user", "add", File, "ann"));
        Assert.Equal(2, _console.Questions.Count);
        Assert.Equal(0, Assert.Single(_console.Secrets).Length);
    }

    [Fact]
    public async Task UserAdd_WithNobodyToAsk_IsAUsageError()
    {
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console, "user", "add", File, "ann"));
        Assert.Contains("--password-stdin", _console.Errors, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(File));
    }

    [Fact]
    public async Task UserAdd_AUserThatIsThere_NeedsForce()
    {
        await AddAsync("ann", "one");
        Assert.Equal(ExitCode.Exists, await AddAsync("ann", "two"));
        Assert.Equal(ExitCode.Success, await VerifyAsync("ann", "one"));
        Assert.Equal(ExitCode.Success, await AddAsync("ann", "two", "--force"));
        Assert.Equal(ExitCode.Success, await VerifyAsync("ann", "two"));
    }

    /// <summary>Whoever is asked for a password may take his time, and others add users meanwhile.</summary>
    [Fact]
    public async Task UserAdd_AnotherUserIsAddedMeanwhile_BothAreThere()
    {
        await AddAsync("joe", "one");
        _console.In = new MeanwhileStream("two\n", () => Change(static editor => editor.SetClearText("bob", "three")));
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "user", "add", File, "ann", "--password-stdin", "--clear"));
        Assert.Equal(["joe", "bob", "ann"], UserNames());
        Assert.Equal(ExitCode.Success, await VerifyAsync("bob", "three"));
    }

    [Fact]
    public async Task UserAdd_TheSameUserIsAddedMeanwhile_NeedsForce()
    {
        _console.In = new MeanwhileStream("two\n", () => Change(static editor => editor.SetClearText("ann", "one")));
        Assert.Equal(ExitCode.Exists, await Cli.RunAsync(_console, "user", "add", File, "ann", "--password-stdin"));
        Assert.Equal(ExitCode.Success, await VerifyAsync("ann", "one"));
    }

    [Fact]
    public async Task UserAdd_ManyAtOnce_AllAreThere()
    {
        string[] names = [.. Enumerable.Range(0, 12).Select(static i => $"user{i}")];
        var codes = await Task.WhenAll(names.Select(name => Task.Run(
            () => Cli.RunAsync(new TestConsole().Reading("pw\n"), "user", "add", File, name, "--password-stdin", "--clear"))));
        Assert.All(codes, static code => Assert.Equal(ExitCode.Success, code));
        Assert.Equal(names.Order(), UserNames().Order());
        codes = await Task.WhenAll(names.Select(name => Task.Run(() => Cli.RunAsync(new TestConsole(), "user", "remove", File, name))));
        Assert.All(codes, static code => Assert.Equal(ExitCode.Success, code));
        Assert.Empty(UserNames());
    }

    /// <summary>Saving waits for a second only; the clock is looked at once that is over.</summary>
    [Fact]
    public async Task UserAdd_SomebodyIsAtWorkForLongerThanSavingWaits_IsWaitedFor()
    {
        using var held = HoldLock();
        var time = new LookedAtTime(look =>
        {
            if (look == 2) held.Dispose();
        });
        var console = new TestConsole { Time = time }.Reading("pw\n");
        Assert.Equal(ExitCode.Success, await Task.Run(() => Cli.RunAsync(console, "user", "add", File, "ann", "--password-stdin", "--clear")).WithinAsync());
        Assert.InRange(time.Looks, 2, int.MaxValue);
        Assert.Equal(["ann"], UserNames());
    }

    [Fact]
    public async Task UserAdd_SomebodyIsAtWorkAndDoesNotEnd_SaysWhoIsToBeLookedFor()
    {
        using var held = HoldLock();
        var time = new LookedAtTime(static _ => { });
        var console = new TestConsole { Time = time }.Reading("pw\n");
        time.AutoAdvanceAmount = TimeSpan.FromSeconds(10);
        Assert.Equal(ExitCode.File, await Task.Run(() => Cli.RunAsync(console, "user", "add", File, "ann", "--password-stdin", "--clear")).WithinAsync());
        Assert.Contains("is being changed by somebody else", console.Errors, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(File));
    }

    [Fact]
    public async Task UserAdd_FifthCostOfHashes_SaysWhoCouldNotComeIn()
    {
        using (var editor = PasswordFileEditor.Open(File))
        {
            for (var i = 1; i <= 4; i++) editor.Set($"u{i}", PasswordHash.Create("x", new PasswordHashParameters(8, i)));
            editor.Save();
        }

        var before = System.IO.File.ReadAllText(File);
        Assert.Equal(ExitCode.File, await AddAsync("ann", "one"));
        Assert.Contains("\"ann\" could not come in", _console.Errors, StringComparison.Ordinal);
        Assert.Equal(before, System.IO.File.ReadAllText(File));

        // In place of one of them there is room.
        Assert.Equal(ExitCode.Success, await AddAsync("u1", "one", "--force"));
        Assert.Equal(ExitCode.Success, await VerifyAsync("u1", "one"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\ufeff")]
    public async Task UserAdd_NoPassword_IsAUsageError(string input)
    {
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console.Reading(input), "user", "add", File, "ann", "--password-stdin"));
        Assert.False(System.IO.File.Exists(File));
    }

    [Theory]
    [InlineData("a=b")]
    [InlineData("#a")]
    [InlineData("a\nb")]
    public async Task UserAdd_ANameThatCannotStandInTheFile_IsAUsageError(string name)
    {
        Assert.Equal(ExitCode.Usage, await AddAsync(name, "pw"));
        Assert.DoesNotContain("Parameter", _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UserAdd_APasswordThatPlainCannotCarry_IsAUsageErrorThatDoesNotQuoteIt()
    {
        var password = new string('x', 256);
        Assert.Equal(ExitCode.Usage, await AddAsync("ann", password));
        Assert.DoesNotContain(password, _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UserVerify_AWrongPassword_IsNotVerified()
    {
        await AddAsync("ann", "right");
        Assert.Equal(ExitCode.NotVerified, await VerifyAsync("ann", "wrong"));
        Assert.Equal(ExitCode.NoSuchUser, await VerifyAsync("bob", "right"));
    }

    [Fact]
    public async Task UserRemove_KeepsAllOtherLines()
    {
        System.IO.File.WriteAllText(File, "# ours\nann=pw\nbob=pw\n");
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "user", "remove", File, "ann"));
        Assert.Equal("# ours\nbob=pw\n", System.IO.File.ReadAllText(File));
        Assert.Equal(ExitCode.NoSuchUser, await Cli.RunAsync(_console, "user", "remove", File, "ann"));
    }

    [Fact]
    public async Task UserList_ShowsNamesOnly()
    {
        System.IO.File.WriteAllText(File, "# ours\nann=secret\nbob=secret\n");
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "user", "list", File));
        Assert.Equal(["ann", "bob"], _console.Lines);

        var json = new TestConsole();
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(json, "user", "list", File, "--json"));
        Assert.Equal(["""{"name":"ann"}""", """{"name":"bob"}"""], json.Lines);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("remove", "ann")]
    [InlineData("verify", "ann", "--password-stdin")]
    public async Task User_AFileThatIsNotThere_IsNotTakenForOneWithoutTheUser(string verb, params string[] more)
    {
        Assert.Equal(ExitCode.File, await Cli.RunAsync(_console.Reading("pw\n"), ["user", verb, File + ".none", .. more]));
        Assert.Contains($"There is no file {File}.none", _console.Errors, StringComparison.Ordinal);
        Assert.Equal(ExitCode.File, await Cli.RunAsync(_console, ["user", verb, _directory.FullPath, .. more]));
        Assert.Contains("is a directory", _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task User_AFileThatIsNoText_IsNamed()
    {
        System.IO.File.WriteAllBytes(File, [1, 0, 2]);
        Assert.Equal(ExitCode.File, await Cli.RunAsync(_console, "user", "list", File));
        Assert.Contains(File, _console.Errors, StringComparison.Ordinal);
    }

    private Task<ExitCode> AddAsync(string name, string password, params string[] more) =>
        Cli.RunAsync(_console.Reading(password + "\n"), ["user", "add", File, name, "--password-stdin", .. more]);

    private Task<ExitCode> VerifyAsync(string name, string password) =>
        Cli.RunAsync(_console.Reading(password + "\n"), "user", "verify", File, name, "--password-stdin");

    private void Change(Action<PasswordFileEditor> change)
    {
        using var editor = PasswordFileEditor.Open(File);
        change(editor);
        editor.Save();
    }

    private FileStream HoldLock() => new(_directory[".users.txt.lock"], FileMode.CreateNew, FileAccess.Write, FileShare.None);

    private IReadOnlyList<string> UserNames()
    {
        using var editor = PasswordFileEditor.Open(File);
        return editor.UserNames;
    }

    /// <summary>A clock that tells how often it was looked at.</summary>
    private sealed class LookedAtTime(Action<int> onLook) : FakeTimeProvider
    {
        public int Looks { get; private set; }

        public override long GetTimestamp()
        {
            onLook(++Looks);
            return base.GetTimestamp();
        }
    }

    /// <summary>Standard input before whose end something happens.</summary>
    private sealed class MeanwhileStream(string text, Action meanwhile) : MemoryStream(Encoding.UTF8.GetBytes(text))
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position == 0) meanwhile();
            return base.ReadAsync(buffer, cancellationToken);
        }
    }
}
