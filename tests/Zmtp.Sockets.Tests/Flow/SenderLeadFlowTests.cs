using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>
/// Senders of large messages are held back by a connection that is quick, and by no other. The socket's clock stands still here until told, by which
/// any connection is quick that has taken some.
/// </summary>
public sealed class SenderLeadFlowTests : DisposedTests
{
    private const int Large = 256 * 1024;

    /// <summary>Messages of three times as many octets as hold a sender back. Few of them find room with the system.</summary>
    private const int Many = (int)(3 * SenderLead.Far / Large);

    /// <summary>What ends the holding back goes by the system's clock: on a busy machine that may be before the test has looked.</summary>
    private const int Tries = 5;

    private static readonly SocketOptions Options = Sut.Quick with
    {
        ReceiveHighWaterMark = 1,
        SendTimeout = TimeSpan.Zero,
        Transport = new() { SendBufferSize = Large, ReceiveBufferSize = Large },
    };

    private readonly Clock _clock = new();
    private readonly ZmtpContext _context;
    private readonly byte[] _body = new byte[Large];

    public SenderLeadFlowTests() => _context = Join.NewContext(new() { Time = _clock });

    // With its sockets.
    public override async ValueTask DisposeAsync() => await _context.DisposeAsync().WithinAsync();

    [Theory]
    [InlineData("PUSH")]
    [InlineData("DEALER")]
    [InlineData("PAIR")]
    public async Task SendAsync_FarAheadOfAQuickPeer_WaitsThoughThereIsRoom_AndGoesOnThoughThePeerStalls(string type)
    {
        var (sender, receiver) = await JoinAsync(type);
        Task? held = null;
        for (var i = 0; i < Tries && held is null; i++)
        {
            _clock.IsRunning = false;
            await ProveQuickAsync(sender, receiver);
            SendMany(sender);

            // It stays far ahead: the system takes less than leaves it near. From now on that makes no connection quick any more.
            _clock.IsRunning = true;
            var sending = sender.SendAsync(_body, TestTimeout.Token);
            if (!sending.IsCompleted) held = sending.AsTask();
            else await ReceiveAsync(receiver, Many + 1);
        }

        Assert.NotNull(held);
        Assert.True(sender.TrySend(_body), "A call that does not wait was held back.");

        // Nobody reads: it goes on all the same, and others are not held back again.
        await held.WithinAsync();
        for (var i = 0; i < Many; i++) await SendAtOnce(sender);
    }

    [Fact]
    public async Task SendAsync_FarAheadOfAPeerThatHasProvenNothing_DoesNotWait()
    {
        var (sender, receiver) = await JoinAsync("PUSH");
        for (var i = 0; i < Many; i++) await SendAtOnce(sender);
    }

    [Fact]
    public async Task Send_FarAheadAndNoTimeToWait_IsSentAllTheSame()
    {
        var (sender, receiver) = await JoinAsync("PUSH");
        await ProveQuickAsync(sender, receiver);
        for (var i = 0; i < Many; i++) sender.Send(_body);
        await ReceiveAsync(receiver, Many);
    }

    [Fact]
    public async Task SendAsync_FarAheadOfAQuickPeerAndItsTimeIsOver_IsSentAllTheSame()
    {
        var (sender, receiver) = await JoinAsync("PUSH");
        var time = TimeSpan.FromSeconds(1);
        for (var i = 0; i < Tries; i++)
        {
            _clock.IsRunning = false;
            await ProveQuickAsync(sender, receiver);
            SendMany(sender);
            _clock.IsRunning = true;
            var sending = sender.SendAsync(time, _body, TestTimeout.Token).AsTask();
            _clock.Advance(time);
            await sending.WithinAsync();
            await ReceiveAsync(receiver, Many + 1);
        }
    }

    [Fact]
    public async Task Send_FarAheadOfAQuickPeer_EverythingArrives()
    {
        var (sender, receiver) = await JoinAsync("PUSH", Options with { SendTimeout = Timeout.InfiniteTimeSpan, ReceiveHighWaterMark = 1000 });
        var sends = Blocking.RunAsync(() =>
        {
            for (var i = 0; i < 20 * Many; i++) sender.Send(_body);
        });
        await ReceiveAsync(receiver, 20 * Many);
        await sends.WithinAsync();
    }

    private async Task<(SendingSocket Sender, ZmtpSocket Receiver)> JoinAsync(string type, SocketOptions? options = null)
    {
        options ??= Options;
        (SendingSocket, ZmtpSocket) pair = type switch
        {
            "PUSH" => (new PushSocket(_context, options), new PullSocket(_context, options)),
            "DEALER" => (new DealerSocket(_context, options), new DealerSocket(_context, options)),
            _ => (new PairSocket(_context, options), new PairSocket(_context, options)),
        };
        await Join.ToAsync(pair.Item2, pair.Item1);
        return pair;
    }

    private async Task ProveQuickAsync(SendingSocket sender, ZmtpSocket receiver)
    {
        SendMany(sender);
        await ReceiveAsync(receiver, Many);
    }

    // Calls that do not wait are not held back.
    private void SendMany(SendingSocket sender)
    {
        for (var i = 0; i < Many; i++) Assert.True(sender.TrySend(_body));
    }

    private ValueTask SendAtOnce(SendingSocket sender)
    {
        var sending = sender.SendAsync(_body, TestTimeout.Token);
        Assert.True(sending.IsCompleted, "The sender was held back.");
        return sending;
    }

    private static async Task ReceiveAsync(ZmtpSocket receiver, int messages)
    {
        for (var i = 0; i < messages; i++)
        {
            var frame = Assert.Single(await receiver.NextFramesAsync());
            Assert.Equal(Large, frame.Length);
        }
    }

    /// <summary>Stands still, or is a second further on at each look: by that no connection is quick.</summary>
    private sealed class Clock : FakeTimeProvider
    {
        private volatile bool _isRunning;
        private long _seconds;

        public bool IsRunning
        {
            get => _isRunning;
            set => _isRunning = value;
        }

        public override long GetTimestamp()
        {
            var seconds = IsRunning ? Interlocked.Increment(ref _seconds) : Volatile.Read(ref _seconds);
            return base.GetTimestamp() + (seconds * TimestampFrequency);
        }
    }
}
