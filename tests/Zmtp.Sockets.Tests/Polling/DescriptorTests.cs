using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Transports;
using Zmtp.Transports.Polling;

namespace Zmtp.Sockets.Tests.Polling;

/// <summary>What was opened is closed and forgotten, and where nothing can be opened any more what is open goes on.</summary>
[Collection(AloneCollection.Name)]
public class DescriptorTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TRANSPORT_AttemptsThatFailAndPeersThatLeave_AreForgotten(bool isForSockets)
    {
        var options = TransportOptions.Default with { ContinuesOnPoller = isForSockets };
        var nobody = await FreeEndpointAsync();
        var missing = ZmtpEndpoint.Parse("ipc://" + Path.Combine(Path.GetTempPath(), $"zmtp-{Guid.NewGuid():N}"));
        await AttemptAsync(options, nobody, missing);
        var watched = Watched;
        var descriptors = Descriptors;
        for (var i = 0; i < 200; i++) await AttemptAsync(options, nobody, missing);
        Assert.Equal(watched, Watched);
        Assert.InRange(Descriptors, 0, descriptors + 20);
    }

    [LinuxFact]
    public async Task RECEIVE_NoDescriptorIsLeft_BlocksAllTheSame()
    {
        await using var context = Searched.NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);
        await Join.ToAsync(pull, push);
        await WithoutDescriptorsAsync(() =>
        {
            Assert.False(pull.TryReceive(TimeSpan.FromMilliseconds(50), out _));
            push.Send("x");
            Assert.True(pull.TryReceive(TestTimeout.Default, out var message));
            message.Dispose();
            return Task.CompletedTask;
        });
    }

    [LinuxFact]
    public async Task IPC_NoDescriptorIsLeft_ListenerClosesAllTheSameAndItsPathIsRemoved()
    {
        // Once with descriptors: what is loaded when it is first used needs one, too.
        await (await ListenAsync()).DisposeAsync();
        var listener = await ListenAsync();
        await WithoutDescriptorsAsync(() => listener.DisposeAsync().AsTask());
        Assert.False(File.Exists(listener.Endpoint.Path));
        return;

        static async Task<TransportListener> ListenAsync() =>
            await IpcTransport.Instance.ListenAsync(ZmtpEndpoint.Parse(Join.Fresh("ipc")), TransportOptions.Default, TestTimeout.Token);
    }

    [LinuxFact]
    public async Task IPC_NoDescriptorIsLeft_ConnectingMayBeTriedAgain()
    {
        var nobody = ZmtpEndpoint.Parse(Join.Fresh("ipc"));
        await ConnectAsync();
        await WithoutDescriptorsAsync(ConnectAsync);
        return;

        async Task ConnectAsync()
        {
            var error = await Assert.ThrowsAsync<ZmtpEndpointException>(
                () => IpcTransport.Instance.ConnectAsync(nobody, TransportOptions.Default, TestTimeout.Token).WithinAsync());
            Assert.True(error.MayRetry);
        }
    }

    [LinuxFact]
    public async Task TCP_NoDescriptorIsLeft_BindingAndConnectingByNamesMayBeTriedAgain()
    {
        var named = ZmtpEndpoint.Parse("tcp://localhost:*");
        await using (await TcpTransport.Instance.ListenAsync(named, TransportOptions.Default, TestTimeout.Token))
        {
            await WithoutDescriptorsAsync(async () =>
            {
                await Assert.ThrowsAsync<ZmtpEndpointException>(
                    () => TcpTransport.Instance.ListenAsync(named, TransportOptions.Default, TestTimeout.Token).WithinAsync());
                var error = await Assert.ThrowsAsync<ZmtpEndpointException>(() => TcpTransport.Instance.ConnectAsync(
                    ZmtpEndpoint.Parse("tcp://localhost:0;127.0.0.1:1"), TransportOptions.Default, TestTimeout.Token).WithinAsync());
                Assert.True(error.MayRetry);
            });
        }
    }

    [PollerTheory]
    [InlineData("tcp", true)]
    [InlineData("tcp", false)]
    [InlineData("ipc", true)]
    [InlineData("ipc", false)]
    public async Task SOCKETS_OnlyDescriptorsThatAreKeptAreLeft_TurnPeersAwayAndConnectUntilHalfOfThemAreTaken(string scheme, bool usesRuntimeEvents)
    {
        const int Room = 20;
        ITransport transport = scheme == "tcp" ? TcpTransport.Instance : IpcTransport.Instance;
        var options = TransportOptions.Default with { UsesRuntimeEvents = usesRuntimeEvents };
        using var below = new Filling();
        var (limit, kept) = LimitFor(below.FirstFree + Room);
        var open = new List<IAsyncDisposable>();
        try
        {
            await WithLimitAsync(limit, async () =>
            {
                var listener = await transport.ListenAsync(ZmtpEndpoint.Parse(Join.Fresh(scheme)), options, TestTimeout.Token);
                open.Add(listener);
                var refused = await FailureAsync(async () => open.AddRange(await PairAsync(listener)));
                Assert.Contains("kept for its threads and files", refused.Message, StringComparison.Ordinal);
                HoldAtOnce(kept - Slack);

                var before = open.Count;
                var failed = await FailureAsync(
                    async () => open.Add(await transport.ConnectAsync(listener.Endpoint, options, TestTimeout.Token)));
                Assert.Contains("file descriptors", failed.Message, StringComparison.Ordinal);
                Assert.InRange(open.Count - before, (kept / 2) - Slack, int.MaxValue);
                HoldAtOnce((kept / 2) - Slack);
            });
            open.AddRange(await PairAsync((TransportListener)open[0]));
        }
        finally
        {
            foreach (var one in open) await one.DisposeAsync();
        }

        async Task<IAsyncDisposable[]> PairAsync(TransportListener at)
        {
            var client = await RawPeer.ConnectAsync(at.Endpoint.ToString());
            try
            {
                return [client, await at.AcceptAsync(TestTimeout.Token).AsTask().WithinAsync()];
            }
            catch
            {
                await client.DisposeAsync();
                throw;
            }
        }
    }

    [Theory]
    [InlineData(64, 32)]
    [InlineData(256, 32)]
    [InlineData(1024, 128)]
    [InlineData(1_048_576, 512)]
    [InlineData(ulong.MaxValue, 512)]
    public void SOCKETS_DescriptorsThatAreKept_AreAShareOfTheLimit(ulong limit, uint kept) => Assert.Equal(kept, DescriptorReserve.CountOf(limit));

    /// <summary>What something fails with that is done again and again.</summary>
    private static async Task<ZmtpEndpointException> FailureAsync(Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<ZmtpEndpointException>(async () =>
        {
            while (true) await action();
        });
        Assert.True(error.MayRetry);
        Assert.Equal(FaultOrigin.Local, error.Origin);
        return error;
    }

    /// <summary>Has so many descriptors at a time.</summary>
    private static void HoldAtOnce(int count)
    {
        var held = new List<IDisposable>();
        try
        {
            while (held.Count < count) held.Add(File.OpenRead(Environment.ProcessPath!));
        }
        finally
        {
            foreach (var one in held) one.Dispose();
        }
    }

    /// <summary>Does something while what is open stays so and nothing else can be opened.</summary>
    private static async Task WithoutDescriptorsAsync(Func<Task> action)
    {
        await StartPoolThreadsAsync();
        await WithLimitAsync(3, action);
    }

    /// <summary>
    /// Has threads of the pool there that are not busy: where it needs one and cannot start it, for want of descriptors, the runtime ends the process.
    /// They stay for seconds.
    /// </summary>
    private static async Task StartPoolThreadsAsync()
    {
        const int Many = 32;
        ThreadPool.GetMinThreads(out var workers, out var completions);
        Assert.True(ThreadPool.SetMinThreads(Math.Max(Many, workers), completions));
        try
        {
            using var all = new CountdownEvent(Many);
            var threads = Enumerable.Range(0, Many).Select(_ => Task.Run(() =>
            {
                all.Signal();
                Assert.True(all.Wait(TestTimeout.Default));
            }));
            await Task.WhenAll(threads);
        }
        finally
        {
            Assert.True(ThreadPool.SetMinThreads(workers, completions));
        }
    }

    /// <summary>The lowest limit by which a number is the first that peers do not get.</summary>
    private static (int Limit, int Kept) LimitFor(int first)
    {
        var limit = first;
        while (limit - (int)DescriptorReserve.CountOf((ulong)limit) < first) limit++;
        return (limit, limit - first);
    }

    /// <summary>Does something while no descriptor can be opened that has this number or a higher one.</summary>
    private static async Task WithLimitAsync(int soft, Func<Task> action)
    {
        var limit = default(Limit);
        Assert.Equal(0, ProcessLimit(0, OpenFiles, 0, ref limit));
        var lowered = limit with { Soft = (ulong)soft };
        Assert.Equal(0, SetProcessLimit(0, OpenFiles, ref lowered, 0));
        try
        {
            await action();
        }
        finally
        {
            Assert.Equal(0, SetProcessLimit(0, OpenFiles, ref limit, 0));
        }
    }

    private static int Watched => Poller.Shared?.Count ?? 0;

    private static int Descriptors => OperatingSystem.IsLinux() ? Directory.GetFiles("/proc/self/fd").Length : 0;

    private static async Task AttemptAsync(TransportOptions options, ZmtpEndpoint nobody, ZmtpEndpoint missing)
    {
        await Assert.ThrowsAsync<ZmtpEndpointException>(
            () => TcpTransport.Instance.ConnectAsync(nobody, options, TestTimeout.Token).WithinAsync());
        await Assert.ThrowsAsync<ZmtpEndpointException>(
            () => IpcTransport.Instance.ConnectAsync(missing, options, TestTimeout.Token).WithinAsync());
        var listener = await TcpTransport.Instance.ListenAsync(ZmtpEndpoint.Parse("tcp://127.0.0.1:*"), options, TestTimeout.Token);
        using (var gone = new Socket(AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, ProtocolType.Tcp))
        {
            await gone.ConnectAsync(IPAddress.Loopback, listener.Endpoint.Port!.Value);
            gone.LingerState = new LingerOption(true, 0);
        }

        using var connected = new Socket(AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, ProtocolType.Tcp);
        await connected.ConnectAsync(IPAddress.Loopback, listener.Endpoint.Port!.Value);
        var expected = (IPEndPoint)connected.LocalEndPoint!;
        TransportConnection server;
        do
        {
            server = await listener.AcceptAsync(TestTimeout.Token).WithinAsync();
            var reading = server.Input.ReadAsync(TestTimeout.Token);
            server.Abort();
            await Assert.ThrowsAsync<ZmtpException>(() => reading.WithinAsync());
            await server.DisposeAsync();
        }
        while (!server.RemoteEndpoint.EndsWith($":{expected.Port}", StringComparison.Ordinal));

        using var stop = new CancellationTokenSource();
        var accepting = listener.AcceptAsync(stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accepting.WithinAsync());
        var last = listener.AcceptAsync(TestTimeout.Token).AsTask();
        await listener.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => last.WithinAsync());
    }

    private static async Task<ZmtpEndpoint> FreeEndpointAsync()
    {
        var listener = await TcpTransport.Instance.ListenAsync(
            ZmtpEndpoint.Parse("tcp://127.0.0.1:*"), TransportOptions.Default, TestTimeout.Token);
        await listener.DisposeAsync();
        return listener.Endpoint;
    }

    /// <summary>Takes every number below the highest that is in use: all above are free.</summary>
    private sealed class Filling : IDisposable
    {
        private readonly List<Socket> _sockets = [];

        public Filling()
        {
            var highest = Directory.GetFiles("/proc/self/fd").Max(static path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture));
            do
            {
                _sockets.Add(new Socket(AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, ProtocolType.Tcp));
                FirstFree = (int)_sockets[^1].SafeHandle.DangerousGetHandle() + 1;
            }
            while (FirstFree <= highest);
        }

        public int FirstFree { get; }

        public void Dispose()
        {
            foreach (var socket in _sockets) socket.Dispose();
        }
    }

    /// <summary>What the runtime, and who closes what, may have at a time besides.</summary>
    private const int Slack = 8;

    /// <summary>RLIMIT_NOFILE.</summary>
    private const int OpenFiles = 7;

    [DllImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ProcessLimit(int process, int resource, nint newLimit, ref Limit oldLimit);

    [DllImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetProcessLimit(int process, int resource, ref Limit newLimit, nint oldLimit);

    [StructLayout(LayoutKind.Sequential)]
    private record struct Limit
    {
        public ulong Soft { get; set; }

        public ulong Hard { get; set; }
    }
}
