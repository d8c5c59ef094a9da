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
    public async Task ACCEPT_OnlyDescriptorsThatAreKeptAreLeft_TurnsPeersAwayUntilThereAreMore(string scheme, bool usesRuntimeEvents)
    {
        const int Room = 20;
        ITransport transport = scheme == "tcp" ? TcpTransport.Instance : IpcTransport.Instance;
        var options = TransportOptions.Default with { UsesRuntimeEvents = usesRuntimeEvents };
        var open = new List<IAsyncDisposable>();
        try
        {
            await WithLimitAsync(LimitFor(FirstFree() + Room), async () =>
            {
                var listener = await transport.ListenAsync(ZmtpEndpoint.Parse(Join.Fresh(scheme)), options, TestTimeout.Token);
                open.Add(listener);
                var error = await Assert.ThrowsAsync<ZmtpEndpointException>(async () =>
                {
                    // One descriptor for each end. Others that were open may be closed meanwhile.
                    while (open.Count < 10 * Room) open.AddRange(await PairAsync(listener));
                });
                Assert.True(error.MayRetry);
                Assert.Equal(FaultOrigin.Local, error.Origin);
                Assert.InRange(open.Count, 2, int.MaxValue);

                // Whatever else the process does has one.
                await File.OpenRead(Environment.ProcessPath!).DisposeAsync();
            });
            open.AddRange(await PairAsync((TransportListener)open[0]));
        }
        finally
        {
            foreach (var one in open) await one.DisposeAsync();
        }

        async Task<IAsyncDisposable[]> PairAsync(TransportListener at)
        {
            var accepting = at.AcceptAsync(TestTimeout.Token);
            var client = await RawPeer.ConnectAsync(at.Endpoint.ToString());
            try
            {
                return [client, await accepting.AsTask().WithinAsync()];
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
    [InlineData(256, 224)]
    [InlineData(1024, 896)]
    [InlineData(4096, 3584)]
    [InlineData(1_048_576, 1_048_064)]
    public void ACCEPT_DescriptorsThatAreKept_AreAShareOfTheLimit(ulong limit, int first)
    {
        Assert.Equal(first, DescriptorReserve.FirstOf(limit));
        Assert.Equal(nint.MaxValue, DescriptorReserve.FirstOf(ulong.MaxValue));
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

    /// <summary>The number that the system gives next.</summary>
    private static int FirstFree()
    {
        using var next = new Socket(AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, ProtocolType.Tcp);
        return (int)next.SafeHandle.DangerousGetHandle();
    }

    /// <summary>The lowest limit by which a number is the first that is kept.</summary>
    private static int LimitFor(int first) => Enumerable.Range(first, int.MaxValue - first).First(limit => DescriptorReserve.FirstOf((ulong)limit) >= first);

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
