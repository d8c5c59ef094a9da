using System.Net.Sockets;
using System.Runtime.Versioning;
using Xunit;
using Zmtp.Testing;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

public sealed class IpcTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zmtp-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task IPC_Dispose_RemovesThePath()
    {
        var path = NewPath();
        await using (await ListenAsync(path)) Assert.True(File.Exists(path));
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task IPC_DisposeAfterSomebodyElseTookThePath_LeavesIt()
    {
        var path = NewPath();
        var listener = await ListenAsync(path);
        File.Delete(path);
        using var other = RawListener(path);
        await listener.DisposeAsync();
        Assert.True(File.Exists(path));
        await using var client = await IpcTransport.Instance.ConnectAsync(Endpoint(path), TransportOptions.Default, default);
    }

    [Fact]
    public async Task IPC_StalePath_IsBoundAnew()
    {
        var path = NewPath();
        RawListener(path).Dispose();
        Assert.True(File.Exists(path));
        await using var listener = await ListenAsync(path);
        await using var client = await IpcTransport.Instance.ConnectAsync(listener.Endpoint, TransportOptions.Default, default);
        await using var server = await listener.AcceptAsync(default).AsTask().WaitAsync(Limit);
        Assert.Equal(("", $"ipc://{path}", $"ipc://{path}"), (server.PeerAddress, server.RemoteEndpoint, server.LocalEndpoint));
    }

    [Fact]
    public async Task IPC_SomebodyHasBoundThePathAndListensAMomentLater_IsRefusedAndTheyAreReached()
    {
        var path = NewPath();
        using var other = SocketSettings.NewIpc();
        other.Bind(new IpcEndPoint(Endpoint(path)));
        var options = TransportOptions.Default with { Time = new Meanwhile(() => other.Listen(1)) };
        var exception = await Assert.ThrowsAsync<ZmtpEndpointException>(
            () => IpcTransport.Instance.ListenAsync(Endpoint(path), options, default).AsTask().WaitAsync(Limit));
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.IsType<SocketException>(exception.InnerException).SocketErrorCode);
        await using var client = await IpcTransport.Instance.ConnectAsync(Endpoint(path), TransportOptions.Default, default);
        using var accepted = other.Accept();
    }

    [Fact]
    public async Task IPC_ListenGivenUpWhileItAsksTwice_LeavesThePath()
    {
        var path = NewPath();
        RawListener(path).Dispose();
        using var giveUp = new CancellationTokenSource();
        var options = TransportOptions.Default with { Time = new Meanwhile(giveUp.Cancel) };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => IpcTransport.Instance.ListenAsync(Endpoint(path), options, giveUp.Token).AsTask().WaitAsync(Limit));
        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task IPC_FileWithContent_IsRefusedAndKept()
    {
        var path = NewPath();
        await File.WriteAllTextAsync(path, "mine");
        await Assert.ThrowsAsync<ZmtpEndpointException>(() => ListenAsync(path));
        Assert.Equal("mine", await File.ReadAllTextAsync(path));
        await Assert.ThrowsAsync<ZmtpEndpointException>(() => ListenAsync(_directory.FullName));
        var link = NewPath();
        File.CreateSymbolicLink(link, "nowhere");
        await Assert.ThrowsAsync<ZmtpEndpointException>(() => ListenAsync(link));
        Assert.Equal("nowhere", new FileInfo(link).LinkTarget);
    }

    [LinuxFact]
    public async Task IPC_EmptyFile_IsRefusedAndKept()
    {
        var path = NewPath();
        await File.WriteAllTextAsync(path, "");
        await Assert.ThrowsAsync<ZmtpEndpointException>(() => ListenAsync(path));
        Assert.True(File.Exists(path));
    }

    [LinuxFact]
    public async Task IPC_DisposeWhileSomebodyElseHasBoundThePathAndDoesNotListenYet_LeavesIt()
    {
        var path = NewPath();
        var listener = await ListenAsync(path);
        File.Delete(path);
        using var other = SocketSettings.NewIpc();
        other.Bind(new IpcEndPoint(Endpoint(path)));
        await listener.DisposeAsync();
        Assert.True(File.Exists(path));
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public async Task IPC_RightsOfThePathWereChanged_DisposeRemovesItAllTheSame()
    {
        var path = NewPath();
        await using (await ListenAsync(path)) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task IPC_DirectoryMissing_IsAnEndpointError()
    {
        var exception = await Assert.ThrowsAsync<ZmtpEndpointException>(() => ListenAsync(Path.Combine(NewPath(), "socket")));
        Assert.Equal(FaultOrigin.Caller, exception.Origin);
    }

    [Fact]
    public async Task IPC_Wildcard_MakesUpAPathAndCleansUp()
    {
        var listener = await IpcTransport.Instance.ListenAsync(ZmtpEndpoint.Parse("ipc://*"), TransportOptions.Default, default);
        var path = listener.Endpoint.Path;
        Assert.True(File.Exists(path));
        var directory = Path.GetDirectoryName(path)!;
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory));
        }
        await using (await IpcTransport.Instance.ConnectAsync(listener.Endpoint, TransportOptions.Default, default))
        {
            await listener.DisposeAsync();
        }
        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public async Task IPC_AbstractName_IsExactlyThatOfOthers()
    {
        var name = $"zmtp-test-{Path.GetRandomFileName()}";
        await using var listener = await IpcTransport.Instance.ListenAsync(ZmtpEndpoint.Parse($"ipc://@{name}"), TransportOptions.Default, default);
        // The kernel shows each NUL as @: one in front, none behind.
        Assert.Contains(await File.ReadAllLinesAsync("/proc/net/unix"), line => line.EndsWith($" @{name}", StringComparison.Ordinal));
        await using var client = await IpcTransport.Instance.ConnectAsync(listener.Endpoint, TransportOptions.Default, default);
        await using var server = await listener.AcceptAsync(default).AsTask().WaitAsync(Limit);
        Assert.False(File.Exists(name));
    }

    [Fact]
    public async Task IPC_LongestPath_Works()
    {
        var path = Path.Combine(_directory.FullName, new string('a', 107 - _directory.FullName.Length - 1));
        await using var listener = await ListenAsync(path);
        await using var client = await IpcTransport.Instance.ConnectAsync(listener.Endpoint, TransportOptions.Default, default);
        await using var server = await listener.AcceptAsync(default).AsTask().WaitAsync(Limit);
        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task IPC_ConnectWhereNoPathIs_MayBeRetried()
    {
        var exception = await Assert.ThrowsAsync<ZmtpEndpointException>(
            () => IpcTransport.Instance.ConnectAsync(Endpoint(NewPath()), TransportOptions.Default, default).AsTask().WaitAsync(Limit));
        Assert.True(exception.MayRetry);
    }

    private static ZmtpEndpoint Endpoint(string path) => ZmtpEndpoint.Parse($"ipc://{path}");

    private static Socket RawListener(string path)
    {
        var socket = SocketSettings.NewIpc();
        socket.Bind(new IpcEndPoint(Endpoint(path)));
        socket.Listen(1);
        return socket;
    }

    private static async Task<TransportListener> ListenAsync(string path) =>
        await IpcTransport.Instance.ListenAsync(Endpoint(path), TransportOptions.Default, default).AsTask().WaitAsync(Limit);

    /// <summary>A clock of which each wait is over when something was done.</summary>
    private sealed class Meanwhile(Action whatHappens) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            whatHappens();
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }

    private string NewPath() => Path.Combine(_directory.FullName, Path.GetRandomFileName());
}
