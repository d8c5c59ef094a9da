using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Hostile;

/// <summary>What a mechanism computes ahead is for the few: a crowd of peers that stay silent must not have it, nor hold up who comes next.</summary>
public class WorkAheadTests
{
    /// <summary>A listener works ahead while it has no more handshakes under way than there are processors.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LISTENER_ManyHandshakesAreUnderWay_DoesNotWorkAhead(bool isCrowded)
    {
        var security = new Counting();
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick with { Security = security }));
        for (var i = 0; isCrowded && i <= Environment.ProcessorCount; i++) await (await sut.RawConnectsAsync()).ReadAsync(Greeting);
        var peer = await sut.RawConnectsAsync();

        await peer.SendAsync(Octets.Greeting31("NONE"));
        await peer.ReadAsync(Greeting);
        await peer.ReadCommandAsync("FIRST");
        await peer.SendAsync(Octets.Command("LAST"));
        await sut.Events.NextAsync(SocketEventKind.HandshakeSucceeded);

        // Only of this peer is there a mechanism: the others have not even greeted.
        Assert.Equal(!isCrowded, Assert.Single(security.Made).HasWorkedAhead);
    }

    /// <summary>It throws where the listener accepts, and who is told of that takes their time.</summary>
    [Fact]
    public async Task LISTENER_WorkingAheadThrowsAndWhoIsToldBlocks_TheNextPeerIsAccepted()
    {
        var log = new BlocksWhenToldOfADefect();
        var hasGreeted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var context = Searched.NewContext(new ZmtpContextOptions
        {
            // The greeting is there when the connection is accepted: its handshake goes on to the mechanism on the thread that accepts.
            Transports = [new WrappingTransport(
                inner =>
                {
                    Assert.True(hasGreeted.Task.Wait(TestTimeout.Default));
                    return inner;
                },
                listening: true)],
            LoggerFactory = log,
        });
        await using var pull = new PullSocket(context, Sut.Quick with { Security = new Counting { Defect = new InvalidOperationException("ahead") } });

        // Before the socket closes, which waits for what is blocked.
        using var goesOn = log;
        var endpoint = ZmtpEndpoint.Parse(await pull.BindAsync("mem://*"));
        await using var first = await InMemoryTransport.Instance.ConnectAsync(endpoint, TransportOptions.Default, TestTimeout.Token);
        await first.Output.WriteAsync(Octets.Greeting31("NONE"), TestTimeout.Token);
        hasGreeted.SetResult();
        await log.IsTold.WithinAsync();

        await using var second = await InMemoryTransport.Instance.ConnectAsync(endpoint, TransportOptions.Default, TestTimeout.Token);
        var greeting = await second.Input.ReadAtLeastAsync(Greeting, TestTimeout.Token).AsTask().WithinAsync();

        second.Input.AdvanceTo(greeting.Buffer.End);
        Assert.False(log.HasGoneOn);
    }

    private const int Greeting = 64;

    /// <summary>Of an application; its mechanism sends FIRST, then takes whatever comes.</summary>
    private sealed class Counting : ZmtpSecurity
    {
        private readonly ConcurrentQueue<OneEach> _made = new();

        public IReadOnlyCollection<OneEach> Made => _made;

        /// <summary>What working ahead throws.</summary>
        public Exception? Defect { get; init; }

        public override string MechanismName => "NONE";

        public override bool IsServer => false;

        public override bool HasRoles => false;

        public override Mechanism CreateMechanism(HandshakeContext context)
        {
            var mechanism = new OneEach(Defect);
            _made.Enqueue(mechanism);
            return mechanism;
        }
    }

    private sealed class OneEach(Exception? defect) : Mechanism
    {
        private MechanismStatus _status = MechanismStatus.Sending;
        private volatile bool _hasWorkedAhead;

        public bool HasWorkedAhead => _hasWorkedAhead;

        public override MechanismStatus Status => _status;

        public override ZmtpException? Failure => null;

        public override ZmtpMetadata PeerMetadata { get; } = HandshakeContext.ReadPeerMetadata(Octets.Metadata("PUSH"));

        public override void WriteCommand(IBufferWriter<byte> output)
        {
            output.Write("\u0005FIRST"u8);
            _status = MechanismStatus.Receiving;
        }

        public override void WorkAhead()
        {
            _hasWorkedAhead = true;
            if (defect is not null) throw defect;
        }

        public override void ReadCommand(ReadOnlySpan<byte> body) => _status = MechanismStatus.Ready;
    }

    /// <summary>Blocks who tells of a defect, until the test is over.</summary>
    private sealed class BlocksWhenToldOfADefect : SoleLogger, IDisposable
    {
        private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _isOver = new();

        public Task IsTold => _told.Task;

        public bool HasGoneOn { get; private set; }

        public override void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id != 3708) return;
            _told.TrySetResult();
            _isOver.Wait(TestTimeout.Default);
            HasGoneOn = true;
        }

        public new void Dispose() => _isOver.Set();
    }
}
