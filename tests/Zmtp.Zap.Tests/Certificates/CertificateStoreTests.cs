using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>What a store finds in its directory.</summary>
public sealed class CertificateStoreTests : CertificateStoreRig
{
    [Fact]
    public async Task STORE_Open_ReadsTheWholeTreeWithMetadata()
    {
        Directory.Write("one", Keys.File(One, "    name = \"Ann\"\n"));
        Directory.Write("sub/deep/two.txt", Keys.File(Two));
        using var store = Open();
        Assert.Equal(2, store.Count);
        Assert.Equal([One, Two], store.PublicKeys.ToHashSet());
        Assert.Empty(store.Problems);
        var record = await Find(store, One);
        Assert.Equal(new("name", "Ann"), Assert.Single(record!.Metadata));
        Assert.Equal(Directory["one"], record.Source);
        Assert.NotNull(await Find(store, Two));
        Assert.Null(await Find(store, Keys.Client));
    }

    [Fact]
    public void STORE_HiddenFiles_AreNotOpened()
    {
        Directory.Write("one", Keys.File(One));
        Directory.Write(".hidden", "so would this");
        Directory.Write(".git/config", "and this");
        using var store = Open();
        Assert.Equal(1, store.Count);
        Assert.Empty(store.Problems);
    }

    /// <summary>One line for a directory: whoever keeps both halves of a thousand clients there has made one mistake.</summary>
    [Fact]
    public void STORE_SecretFiles_AreNotOpenedAndToldOnceForTheirDirectory()
    {
        Directory.Write("ann.txt_secret", Keys.SecretFile);
        Directory.Write("bob.txt_secret", "this would be another problem if it were read");
        Directory.Write("sub/one", Keys.File(One));
        Directory.Write("sub/one_secret", "and this");
        using var store = Open();

        Assert.Equal((1, 1), (store.Count, store.FilesRead));
        Assert.Equal([Directory["ann.txt_secret"], Directory["sub/one_secret"]], store.Problems.Select(problem => problem.Path));
        Assert.All(store.Problems, problem => Assert.Contains("secret file", problem.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("counts for nothing", store.ToString(), StringComparison.Ordinal);

        // Or each of them would be news.
        Directory.Write("cid.txt_secret", "and one more");
        Assert.False(store.Refresh());
        Directory.Write("two", Keys.File(Two));
        Assert.True(store.Refresh());
        Assert.All(store.Problems, problem => Assert.Single(Warnings(problem.Path)));
        Assert.DoesNotContain(Keys.ClientSecret, Logger.All, StringComparison.Ordinal);

        File.Delete(Directory["ann.txt_secret"]);
        File.Delete(Directory["bob.txt_secret"]);
        File.Delete(Directory["cid.txt_secret"]);
        Assert.True(store.Refresh());
        Assert.Equal([Directory["sub/one_secret"]], store.Problems.Select(problem => problem.Path));
    }

    [Theory]
    [InlineData(Keys.ClientSecret)]
    [InlineData("not a key at all")]
    public async Task STORE_FileWithASecretKey_CountsForItsPublicKeyAndIsAProblem(string secret)
    {
        // The secret key in it is not even looked at: it need not belong to the public key.
        Directory.Write("cert", Keys.SecretFile.Replace(Keys.ClientSecret, secret, StringComparison.Ordinal));
        using var store = Open();

        Assert.NotNull(await Find(store, Keys.Client));
        var problem = Assert.Single(store.Problems);
        Assert.Equal(Directory["cert"], problem.Path);
        Assert.Contains("secret key", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("counts for nothing", store.ToString(), StringComparison.Ordinal);

        Directory.Write("two", Keys.File(Two));
        Assert.True(store.Refresh());
        Assert.Single(Warnings(problem.Path));
        Assert.DoesNotContain("lets nobody in", Logger.All, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, Logger.All + problem, StringComparison.Ordinal);

        Directory.Replace("cert", Keys.PublicFile);
        Assert.True(store.Refresh());
        Assert.Empty(store.Problems);
        Assert.NotNull(await Find(store, Keys.Client));
    }

    /// <summary>CZMQ writes zeros where there is no secret key.</summary>
    [Theory]
    [InlineData("0000000000000000000000000000000000000000")]
    [InlineData("")]
    public void STORE_FileWithoutASecretKeyButItsName_IsNoProblem(string secret)
    {
        Directory.Write("cert", Keys.SecretFile.Replace(Keys.ClientSecret, secret, StringComparison.Ordinal));
        using var store = Open();

        Assert.Equal(1, store.Count);
        Assert.Empty(store.Problems);
    }

    [Fact]
    public void STORE_BrokenFiles_AreReportedByNameAndHarmNobody()
    {
        Directory.Write("a broken", "metadata\n  name = 1\n");
        Directory.Write("b empty", "");
        Directory.Write("c huge", new byte[CertificateFile.MaxSize + 1]);
        Directory.Write("d good", Keys.File(One));
        File.CreateSymbolicLink(Directory["e link"], Directory["nowhere"]);
        using var store = Open();
        Assert.Equal(1, store.Count);
        Assert.Equal(
            [Directory["a broken"], Directory["b empty"], Directory["c huge"], Directory["e link"]],
            store.Problems.Select(problem => problem.Path));
        Assert.Contains("line 2", store.Problems[0].Message, StringComparison.Ordinal);
        Assert.Equal($"{Directory["a broken"]}: {store.Problems[0].Message}", store.Problems[0].ToString());
        Assert.All(store.Problems, problem => Assert.Contains((LogLevel.Warning, problem.Path), Warnings(problem.Path)));
    }

    [Fact]
    public async Task STORE_TwoFilesOfOneKey_TheFirstByOrdinalPathCounts()
    {
        Directory.Write("b", Keys.File(One, "    name = \"b\"\n"));
        Directory.Write("B", Keys.File(One, "    name = \"B\"\n"));
        Directory.Write("a/x", Keys.File(One, "    name = \"a/x\"\n"));
        using var store = Open();
        Assert.Equal("B", Assert.Single((await Find(store, One))!.Metadata).Value);
        Assert.Equal([Directory["a/x"], Directory["b"]], store.Problems.Select(problem => problem.Path));
        Assert.All(store.Problems, problem => Assert.Contains(Directory["B"], problem.Message, StringComparison.Ordinal));

        File.Delete(Directory["B"]);
        store.Refresh();
        Assert.Equal("a/x", Assert.Single((await Find(store, One))!.Metadata).Value);
    }

    [Fact]
    public async Task STORE_LinkToAnotherFile_FollowsTheTarget()
    {
        // How configuration is mounted into containers: the files are links, and what they point to is swapped.
        Directory.Write(".v1/file", Keys.File(One));
        Directory.Write(".v2/file", Keys.File(Two));
        System.IO.Directory.CreateSymbolicLink(Directory[".data"], Directory[".v1"]);
        File.CreateSymbolicLink(Directory["file"], Directory[".data/file"]);
        using var store = Open();
        Assert.NotNull(await Find(store, One));
        System.IO.Directory.Delete(Directory[".data"]);
        System.IO.Directory.CreateSymbolicLink(Directory[".data"], Directory[".v2"]);
        Assert.True(store.Refresh());
        Assert.Null(await Find(store, One));
        Assert.NotNull(await Find(store, Two));
    }

    [Fact]
    public void STORE_DirectoryLinkedIntoItself_DoesNotRunInCircles()
    {
        Directory.Write("one", Keys.File(One));
        System.IO.Directory.CreateSymbolicLink(Directory["loop"], Directory.FullPath);
        using var store = Open();
        Assert.Equal(1, store.Count);
    }

    [UnixFact]
    public async Task STORE_DirectoryThatCannotBeRead_Throws()
    {
        var path = Directory["circle"];
        File.CreateSymbolicLink(path, path);
        using var store = CertificateStore.Open(path, Logger, Time);
        await Assert.ThrowsAsync<IOException>(() => Find(store, One));
        File.Delete(path);
        Directory.Write("circle/one", Keys.File(One));
        store.Refresh();
        Assert.NotNull(await Find(store, One));
    }

    [Fact]
    public async Task STORE_FileInPlaceOfTheDirectory_LetsNobodyIn()
    {
        using var store = CertificateStore.Open(Directory.Write("file", Keys.File(One)), Logger, Time);
        Assert.Null(await Find(store, One));
        Assert.Single(store.Problems);
    }

    [UnixFact]
    public async Task STORE_Pipe_IsNotWaitedFor()
    {
        using var mkfifo = Process.Start("mkfifo", Directory["pipe"]);
        await mkfifo.WaitForExitAsync(TestTimeout.Token);
        Directory.Write("one", Keys.File(One));
        using var store = await Task.Run(Open).WithinAsync();
        Assert.Equal(1, store.Count);
        Assert.Equal(Directory["pipe"], Assert.Single(store.Problems).Path);
    }

    [Fact]
    public void STORE_SameProblem_IsLoggedOnce()
    {
        var path = Directory.Write("broken", "!");
        using var store = Open();
        for (var i = 0; i < 5; i++) store.Refresh();
        Directory.Write("one", Keys.File(One));
        store.Refresh();
        Assert.Single(Warnings(path));
    }

    [Fact]
    public async Task STORE_Disposed_Throws()
    {
        var store = Open();
        store.Dispose();
        store.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Find(store, One));
        Assert.Throws<ObjectDisposedException>(() => store.Refresh());
    }

    [Fact]
    public async Task STORE_TenThousandCertificates_AreAllThereAndTakeNoMoreTimeEachThanFew()
    {
        const int Few = 500;
        const int Many = 10_000;
        WriteMany("few", Few);
        WriteMany("many", Many);
        var few = await LoadAsync("few", Few);
        var many = await LoadAsync("many", Many);

        // 20 times as many take some 20 times as long, and 400 times where the time grows with the square. What is loaded first is slow, and
        // something else may hold the machine up.
        for (var i = 0; i < 2; i++) few = Quicker(few, await LoadAsync("few", Few));
        for (var i = 0; i < 2 && many > 100 * few; i++) many = Quicker(many, await LoadAsync("many", Many));
        Assert.True(many < 100 * few, $"It took {many} for {Many}, and {few} for {Few}.");
    }

    [Fact]
    public void STORE_ToString_SaysWhenItLastSawAChange()
    {
        Directory.Write("one", Keys.File(One));
        using var store = Open();
        var opened = Time.GetUtcNow();
        Assert.Contains($"1 client, the last change seen at {opened:yyyy-MM-dd HH:mm:ss}Z", store.ToString(), StringComparison.Ordinal);

        // A scan that finds nothing is no change: the same refusal is to have the same words a minute later.
        Time.Advance(TimeSpan.FromMinutes(1));
        store.Refresh();
        Assert.Contains($"seen at {opened:yyyy-MM-dd HH:mm:ss}Z", store.ToString(), StringComparison.Ordinal);

        Directory.Write("two", Keys.File(Two));
        Directory.Write("three", "nonsense");
        store.Refresh();
        Assert.Contains(
            $"2 clients and 1 file that counts for nothing, the last change seen at {Time.GetUtcNow():yyyy-MM-dd HH:mm:ss}Z",
            store.ToString(),
            StringComparison.Ordinal);
    }

    private void WriteMany(string directory, int count)
    {
        for (var i = 0; i < count; i++) Directory.Write($"{directory}/{i % 100}/{i}", Keys.File(Keys.Number(i)));
    }

    private async Task<TimeSpan> LoadAsync(string directory, int count)
    {
        var start = Stopwatch.GetTimestamp();
        using var store = CertificateStore.Open(Directory[directory], Logger, Time);
        var taken = Stopwatch.GetElapsedTime(start);
        Assert.Equal(count, store.Count);
        Assert.NotNull(await Find(store, Keys.Number(count - 1)));
        return taken;
    }

    private static TimeSpan Quicker(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
