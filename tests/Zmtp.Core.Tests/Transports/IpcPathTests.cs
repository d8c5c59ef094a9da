using Xunit;
using Zmtp.Testing;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

/// <summary>Paths that .NET takes for others than the system does.</summary>
[Collection(AloneCollection.Name)]
public sealed class IpcPathTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zmtp-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    /// <summary>What ".." behind a link means is the system's to say. Beside the link lies somebody else's file.</summary>
    [LinuxTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task IPC_PathLeadsThroughALinkAndBack_TheFileBesideTheLinkIsKept(bool isThereBefore)
    {
        var elsewhere = _directory.CreateSubdirectory("elsewhere");
        Directory.CreateSymbolicLink(Path.Combine(_directory.FullName, "link"), elsewhere.CreateSubdirectory("deep").FullName);
        var file = Path.Combine(_directory.FullName, "s");
        if (isThereBefore) await File.WriteAllTextAsync(file, "mine");
        var path = $"{_directory.FullName}/link/../s";

        // Left behind by whoever crashed, and so removed before it is bound.
        using (var stale = SocketSettings.NewIpc()) stale.Bind(new IpcEndPoint(ZmtpEndpoint.Parse($"ipc://{path}")));
        await using (await ListenAsync(path))
        {
            Assert.True(File.Exists(Path.Combine(elsewhere.FullName, "s")));
            if (!isThereBefore) await File.WriteAllTextAsync(file, "mine");
        }

        Assert.Equal("mine", await File.ReadAllTextAsync(file));
        Assert.False(File.Exists(Path.Combine(elsewhere.FullName, "s")));
    }

    [Fact]
    public async Task IPC_WorkingDirectoryChangesWhileARelativePathIsBound_ItsPathIsRemoved()
    {
        var before = Directory.GetCurrentDirectory();
        try
        {
            Directory.SetCurrentDirectory(_directory.FullName);
            await using (await ListenAsync("s"))
            {
                Assert.True(File.Exists(Path.Combine(_directory.FullName, "s")));
                Directory.SetCurrentDirectory(before);
            }
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }

        Assert.False(File.Exists(Path.Combine(_directory.FullName, "s")));
    }

    private static async Task<TransportListener> ListenAsync(string path) =>
        await IpcTransport.Instance.ListenAsync(ZmtpEndpoint.Parse($"ipc://{path}"), TransportOptions.Default, TestTimeout.Token).WithinAsync();
}
