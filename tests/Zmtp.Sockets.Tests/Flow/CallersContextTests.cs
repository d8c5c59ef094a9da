using System.IO.Pipelines;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>
/// A caller with a <see cref="SynchronizationContext"/>, as of a window, which it blocks: a transport of the application's that goes on where it
/// began must not have begun there.
/// </summary>
public sealed class CallersContextTests
{
    [Fact]
    public async Task RECEIVE_TransportGoesOnWhereItBegan_TheNextMessageIsReadAllTheSame()
    {
        await using var context = NewContext();
        await using var pull = new PullSocket(context, Sut.Quick with { ReceiveHighWaterMark = 1 });
        await using var push = new PushSocket(context, Sut.Quick);
        push.Connect(await pull.BindAsync("mem://*"));
        await push.SendAsync("first"u8.ToArray());
        await push.SendAsync("second"u8.ToArray());
        await pull.WaitToReceiveAsync(TestTimeout.Token);
        using var surroundings = new BlockedContext();
        var bothAreThere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        var receiving = Blocking.RunAsync(() =>
        {
            SynchronizationContext.SetSynchronizationContext(surroundings);
            Assert.Equal("first", Receive(pull));
            Assert.Equal("second", Receive(pull));
            bothAreThere.SetResult();
            Assert.Equal("third", Receive(pull));
        });
        await bothAreThere.Task.WithinAsync();
        await push.SendAsync("third"u8.ToArray());

        await receiving.WithinAsync();
        Assert.Equal(0, surroundings.Posts);
    }

    [Fact]
    public async Task SEND_TransportGoesOnWhereItBegan_TheNextMessageIsSentAllTheSame()
    {
        await using var context = NewContext();
        await using var push = new PushSocket(context, Sut.Quick);
        await using var raw = await ConnectAsync(push);
        using var surroundings = new BlockedContext();
        var large = new byte[100_000];

        await Blocking.RunAsync(() =>
        {
            SynchronizationContext.SetSynchronizationContext(surroundings);

            // More than the transport takes before it has to wait.
            push.Send(large);
            push.Send("last");
        }).WithinAsync();

        await ReadToAsync(raw, Octets.Frame("last"));
        Assert.Equal(0, surroundings.Posts);
    }

    [Fact]
    public async Task SEND_TransportGoesOnInTheSchedulerInWhichItBegan_TheNextMessageIsSentAllTheSame()
    {
        await using var context = NewContext();
        await using var push = new PushSocket(context, Sut.Quick);
        await using var raw = await ConnectAsync(push);
        var large = new byte[100_000];
        using var isRead = new ManualResetEventSlim();

        // One task after another, and this one takes until the end.
        var sending = Task.Factory.StartNew(
            () =>
            {
                push.Send(large);
                push.Send("last");
                Assert.True(isRead.Wait(TimeSpan.FromSeconds(30)));
            },
            CancellationToken.None,
            TaskCreationOptions.None,
            new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);

        try
        {
            await ReadToAsync(raw, Octets.Frame("last"));
        }
        finally
        {
            isRead.Set();
            await sending.WithinAsync();
        }
    }

    [Fact]
    public async Task BIND_TransportGoesOnWhereItBegan_TheSocketListensAllTheSame()
    {
        await using var context = NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        using var surroundings = new BlockedContext();

        await Blocking.RunAsync(() =>
        {
            SynchronizationContext.SetSynchronizationContext(surroundings);
            pull.Bind("mem://*");
        }).WithinAsync();

        Assert.Equal(0, surroundings.Posts);
    }

    [Theory]
    [InlineData("the socket")]
    [InlineData("the context")]
    [InlineData("the endpoint")]
    public async Task CLOSE_TransportGoesOnWhereItBegan_ItsListenerIsClosedAllTheSame(string what)
    {
        await using var context = NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        var endpoint = await pull.BindAsync("mem://*");
        using var surroundings = new BlockedContext();

        await Blocking.RunAsync(() =>
        {
            SynchronizationContext.SetSynchronizationContext(surroundings);
            if (what == "the socket") pull.Dispose();
            else if (what == "the context") context.Dispose();
            else pull.Unbind(endpoint);
        }).WithinAsync();

        Assert.Equal(0, surroundings.Posts);
    }

    private static ZmtpContext NewContext() => Searched.NewContext(new ZmtpContextOptions
    {
        Transports = [new FaithfulTransport()],
    });

    private static async Task<TransportConnection> ConnectAsync(PushSocket push)
    {
        var endpoint = await push.BindAsync("mem://*");
        var raw = await InMemoryTransport.Instance.ConnectAsync(ZmtpEndpoint.Parse(endpoint), TransportOptions.Default, TestTimeout.Token);
        await raw.Output.WriteAsync(Octets.Join(Octets.Greeting31(), Octets.Ready("PULL")), TestTimeout.Token);
        await push.WaitForPeerAsync(TestTimeout.Default);
        return raw;
    }

    private static string Receive(PullSocket pull)
    {
        Assert.True(pull.TryReceive(TimeSpan.FromSeconds(10), out var message));
        using (message) return message.AsString();
    }

    private static async Task ReadToAsync(TransportConnection raw, byte[] end)
    {
        var tail = new List<byte>();
        while (!tail.TakeLast(end.Length).SequenceEqual(end))
        {
            var result = await raw.Input.ReadAsync(TestTimeout.Token).WithinAsync();
            foreach (var segment in result.Buffer) tail.AddRange(segment.Span);
            raw.Input.AdvanceTo(result.Buffer.End);
        }
    }

    /// <summary>Its waits, and those of its listeners and of what they accept, end where they began.</summary>
    private sealed class FaithfulTransport : ITransport
    {
        public string Scheme => InMemoryTransport.Instance.Scheme;

        public async ValueTask<TransportListener> ListenAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return new Listener(await InMemoryTransport.Instance.ListenAsync(endpoint, options, cancellationToken));
        }

        public ValueTask<TransportConnection> ConnectAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            InMemoryTransport.Instance.ConnectAsync(endpoint, options, cancellationToken);
    }

    /// <summary>Goes on accepting until it is closed.</summary>
    private sealed class Listener(TransportListener inner) : TransportListener
    {
        public override ZmtpEndpoint Endpoint => inner.Endpoint;

        public override async ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken) =>
            new Faithful(await inner.AcceptAsync(CancellationToken.None));

        public override async ValueTask DisposeAsync()
        {
            await Task.Yield();
            await inner.DisposeAsync();
        }
    }

    /// <summary>Its waits end where they began.</summary>
    private sealed class Faithful(TransportConnection inner) : WrappedConnection(inner)
    {
        public override PipeReader Input { get; } = new Reader(inner.Input);

        public override PipeWriter Output { get; } = new Writer(inner.Output);

        private sealed class Reader(PipeReader inner) : WrappedReader(inner)
        {
            public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
                await base.ReadAsync(cancellationToken).AsTask();
        }

        private sealed class Writer(PipeWriter inner) : PipeWriter
        {
            public override async ValueTask<FlushResult> WriteAsync(
                ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) => await inner.WriteAsync(source, cancellationToken).AsTask();

            public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
                await inner.FlushAsync(cancellationToken).AsTask();

            public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

            public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

            public override void Advance(int bytes) => inner.Advance(bytes);

            public override void CancelPendingFlush() => inner.CancelPendingFlush();

            public override void Complete(Exception? exception = null) => inner.Complete(exception);
        }
    }

    /// <summary>Of a thread that is blocked: nothing that is posted to it runs, until the test is over and what is left of it is to end.</summary>
    private sealed class BlockedContext : SynchronizationContext, IDisposable
    {
        private readonly Lock _gate = new();
        private readonly List<(SendOrPostCallback Callback, object? State)> _posts = [];
        private bool _isOver;

        public int Posts
        {
            get
            {
                lock (_gate) return _posts.Count;
            }
        }

        public override void Post(SendOrPostCallback d, object? state)
        {
            lock (_gate)
            {
                _posts.Add((d, state));
                if (!_isOver) return;
            }

            base.Post(d, state);
        }

        public override SynchronizationContext CreateCopy() => this;

        public void Dispose()
        {
            lock (_gate) _isOver = true;
            foreach (var (callback, state) in _posts) base.Post(callback, state);
        }
    }
}
