using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;
using Zmtp.Testing;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

/// <summary>Paths that the system takes and .NET does not, or takes for others.</summary>
[Collection(AloneCollection.Name)]
public sealed class IpcPathTests : IDisposable
{
    private const int Peers = 200;
    private const string Aside = ".aside";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zmtp-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    /// <summary>
    /// A client may bind, too, and fill the address to its last octet. The system then counts a NUL behind it, which no address of .NET has room for.
    /// </summary>
    [LinuxTheory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task IPC_PeersAreBoundToPathsOfFullLength_TheyAreAccepted(bool usesRuntimeEvents, bool isAbstract)
    {
        var options = TransportOptions.Default with { UsesRuntimeEvents = usesRuntimeEvents };
        var endpoint = ZmtpEndpoint.Parse(isAbstract ? $"ipc://@{Path.GetRandomFileName()}" : $"ipc://{NewPath()}");
        await using var listener = await IpcTransport.Instance.ListenAsync(endpoint, options, TestTimeout.Token);
        await AcceptOneAsync(listener, isWaitedFor: false);
        var descriptors = Descriptors;
        for (var i = 0; i < Peers; i++) await AcceptOneAsync(listener, isWaitedFor: i % 2 == 0);
        Assert.InRange(Descriptors, 0, descriptors + (Peers / 10));
    }

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

    /// <summary>Whoever listens at an absolute path asks for no working directory.</summary>
    [LinuxFact]
    public async Task IPC_WorkingDirectoryWasRemoved_AnAbsolutePathIsBoundAndRemoved()
    {
        var before = Directory.GetCurrentDirectory();
        var path = NewPath();
        try
        {
            var gone = _directory.CreateSubdirectory("gone");
            Directory.SetCurrentDirectory(gone.FullName);
            gone.Delete();
            Assert.Throws<FileNotFoundException>(Directory.GetCurrentDirectory);
            await using (await ListenAsync(path)) Assert.True(File.Exists(path));
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }

        Assert.False(File.Exists(path));
    }

    /// <summary>As it is where the system does not tell what was bound there: only a look is left, when the listener is closed.</summary>
    [UnixFact]
    public async Task IPC_NotToldWhatWasBoundAndTheWorkingDirectoryChanges_ItsPathIsRemoved()
    {
        var path = NewPath();
        var before = Directory.GetCurrentDirectory();
        try
        {
            Directory.SetCurrentDirectory(_directory.FullName);
            await using (ListenUntold(Path.GetFileName(path)))
            {
                File.Move(path + Aside, path);
                Directory.SetCurrentDirectory(before);
            }
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }

        Assert.False(File.Exists(path));
    }

    /// <summary>The system refuses a connection to any file as it does one to a socket that nobody listens at.</summary>
    [UnixFact]
    public async Task IPC_NotToldWhatWasBoundAndAFileTakesItsPlace_TheFileIsKept()
    {
        var path = NewPath();
        await using (ListenUntold(path)) await File.WriteAllTextAsync(path, "mine");
        Assert.Equal("mine", await File.ReadAllTextAsync(path));
    }

    private static int Descriptors => Directory.GetFiles("/proc/self/fd").Length;

    private static async Task<TransportListener> ListenAsync(string path) =>
        await IpcTransport.Instance.ListenAsync(ZmtpEndpoint.Parse($"ipc://{path}"), TransportOptions.Default, TestTimeout.Token).WithinAsync();

    /// <summary>Listens at a path, and has seen nothing there: the socket lies beside it.</summary>
    private static IpcTransportListener ListenUntold(string path)
    {
        var endpoint = ZmtpEndpoint.Parse($"ipc://{path}");
        var socket = SocketSettings.NewIpc();
        new IpcEndPoint(endpoint).BindTo(socket);
        socket.Listen();
        File.Move(path, path + Aside);
        return new IpcTransportListener(socket, endpoint, directory: null, TransportOptions.Default);
    }

    /// <summary>Connects from a path of full length, and is heard.</summary>
    private async Task AcceptOneAsync(TransportListener listener, bool isWaitedFor)
    {
        var waiting = isWaitedFor ? listener.AcceptAsync(TestTimeout.Token).AsTask() : null;
        using var client = SocketSettings.NewIpc();
        var path = NewPath();
        client.Bind(new FullPath(path + new string('a', FullPath.Length - path.Length)));
        await client.ConnectAsync(new IpcEndPoint(listener.Endpoint), TestTimeout.Token);
        await using var server = await (waiting ?? listener.AcceptAsync(TestTimeout.Token).AsTask()).WithinAsync();
        await client.SendAsync(new byte[] { 7 }, TestTimeout.Token);
        var read = await server.Input.ReadAsync(TestTimeout.Token).WithinAsync();
        Assert.Equal(7, read.Buffer.FirstSpan[0]);
        server.Input.AdvanceTo(read.Buffer.End);
        Assert.Equal(("", listener.Endpoint.ToString()), (server.PeerAddress, server.RemoteEndpoint));
    }

    private string NewPath() => Path.Combine(_directory.FullName, Path.GetRandomFileName());

    /// <summary>sockaddr_un without a NUL at its end.</summary>
    private sealed class FullPath(string path) : EndPoint
    {
        public const int Length = 108;

        private const int FamilySize = 2;

        public override AddressFamily AddressFamily => AddressFamily.Unix;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Unix, FamilySize + Length);
            Encoding.UTF8.GetBytes(path, address.Buffer.Span[FamilySize..]);
            return address;
        }
    }
}
