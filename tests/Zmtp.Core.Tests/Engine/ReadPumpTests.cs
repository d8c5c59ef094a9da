using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Transports.Polling;

namespace Zmtp.Core.Tests.Engine;

public sealed class ReadPumpTests : IDisposable
{
    private const int Large = 1024 * 1024;
    private const int Small = 250;
    private const int SmallCount = 8_000;

    private readonly ScriptedReader _input = new();
    private readonly PumpOwner _owner = new();
    private readonly ReadingTurn _turn = new();
    private readonly HeartbeatMonitor _heartbeat = new(HeartbeatOptions.Off, 1, TimeProvider.System);
    private Exception? _failure;

    [Fact]
    public async Task TryMove_TheBudgetEndsWithOctetsReceived_TheyAreTakenToo()
    {
        var pump = NewPump();
        _input.Arrive(LargeFrame());
        var running = pump.RunAsync();
        await _input.Waiting.WithinAsync();

        // More than a guest moves at once, and behind it what comes along with the last octets and is with nobody else.
        _input.Arrive([.. LargeFrame(), .. Hex.Octets("00 01 41")]);
        Assert.True(pump.TryMove());
        Assert.Equal([Large, Large, 1], _owner.Lengths);
        await EndAsync(running);
    }

    /// <summary>It has, or does just before the loop waits: nobody would end that wait but the peer.</summary>
    [Fact]
    public async Task Run_TheOwnerHasLeftBeforeItWaitsForOctets_Ends()
    {
        Assert.True(_turn.TryLeave());

        await NewPump().RunAsync().WithinAsync();
    }

    [PollerFact]
    public async Task Run_BegunOnAThreadOfThePoller_GivesWayWhenOthersWaitForIt()
    {
        var poller = Poller.Shared!;
        _input.Arrive(SmallFrames());
        var pump = NewPump();
        Task? running = null;
        var thread = new Thread(() =>
        {
            _owner.Watched = Thread.CurrentThread;
            _ = new PollerThread(poller);
            Assert.True(PollerThread.TryPost(new Nothing()));
            running = pump.RunAsync();
        });
        thread.Start();
        Assert.True(thread.Join(TestTimeout.Default));
        await _owner.ReachesAsync(SmallCount).WithinAsync();
        Assert.InRange(_owner.WatchedOctets, 1, SmallCount * Small / 2);
        await EndAsync(running!);
    }

    /// <summary>Another receiver takes each message as soon as it is there.</summary>
    [Fact]
    public async Task Run_RoomIsThereEachTimeItIsAskedFor_WhoMadeRoomIsLetGo()
    {
        _owner.Room = 0;
        _owner.OnMessage = () => _owner.Room = _owner.Lengths.Count + 1;
        _input.Arrive(SmallFrames());
        var pump = NewPump();
        var running = pump.RunAsync();
        _owner.OnLoopWantsRoom = () =>
        {
            _owner.Room++;
            return true;
        };
        await Blocking.RunAsync(() =>
        {
            _owner.Watched = Thread.CurrentThread;
            _owner.MakeRoomHere(1);
        }).WithinAsync();
        await _owner.ReachesAsync(SmallCount).WithinAsync();
        Assert.InRange(_owner.WatchedOctets, 1, PollerTurn.Octets + ScriptedReader.ReceiveSize);
        await EndAsync(running);
    }

    [Fact]
    public async Task TryMove_RoomIsThereBeforeItIsAskedFor_TheGuestGoesOn()
    {
        var pump = NewPump();
        var running = pump.RunAsync();
        await _input.Waiting.WithinAsync();
        _owner.Room = 1;
        _owner.OnWantsRoom = () =>
        {
            _owner.Room = 3;
            return true;
        };
        _input.Arrive(Hex.Octets("00 01 41 00 01 42"));
        Assert.True(pump.TryMove());
        Assert.Equal([1, 1], _owner.Lengths);
        await EndAsync(running);
    }

    [Fact]
    public async Task TryMove_TheLoopWaitsForTheRoomThatTheGuestHearsOf_ItIsToldToo()
    {
        var pump = NewPump();
        var running = pump.RunAsync();
        await _input.Waiting.WithinAsync();
        _owner.Room = 1;
        _owner.OnWantsRoom = () =>
        {
            // The guest has left, and before it asks for room the loop comes for new octets and has to wait for room as well.
            _input.Arrive(Hex.Octets("00 01 42"), tell: true);
            Assert.True(_owner.LoopWaits.Wait(TestTimeout.Default));
            _owner.Room = 2;
            return true;
        };
        _input.Arrive(Hex.Octets("00 01 41"));
        Assert.True(pump.TryMove());
        await _owner.ReachesAsync(2).WithinAsync();
        await EndAsync(running);
    }

    [Fact]
    public async Task TryMove_NoRoomIsLeft_NothingIsTaken()
    {
        var pump = NewPump();
        var running = pump.RunAsync();
        await _input.Waiting.WithinAsync();
        _owner.Room = 1;
        _owner.OnWantsRoom = () => false;
        _input.Arrive(Hex.Octets("00 01 41 00 01 42"));
        Assert.True(pump.TryMove());
        Assert.False(pump.TryMove());
        Assert.Single(_owner.Lengths);
        Assert.True(pump.IsLeftHalfWay);
        _owner.Room = 2;
        Assert.True(pump.TryMove());
        Assert.Equal(2, _owner.Lengths.Count);
        await EndAsync(running);
    }

    [Fact]
    public async Task TryMove_ThePeerBreaksARule_TheConnectionFailsAndTheGuestDoesNot()
    {
        var pump = NewPump();
        var running = pump.RunAsync();
        await _input.Waiting.WithinAsync();
        _input.Arrive(Hex.Octets("FF"));
        pump.TryMove();
        Assert.IsType<ZmtpProtocolException>(_failure);
        await EndAsync(running);
    }

    /// <summary>It may be on a thread of the pool, where that would be the end of the process.</summary>
    [Fact]
    public async Task TryMove_ThereIsNoMemory_TheConnectionFailsAndTheGuestDoesNot()
    {
        var pump = NewPump();
        var running = pump.RunAsync();
        await _input.Waiting.WithinAsync();
        _owner.OnMessage = static () => _ = new byte[int.MaxValue];
        _input.Arrive(Hex.Octets("00 01 41"));
        pump.TryMove();
        Assert.IsType<OutOfMemoryException>(_failure);
        await EndAsync(running);
    }

    [Fact]
    public async Task TryMove_InterruptedWhileAnAnswerWaitsForTheGate_TheConnectionGoesOn()
    {
        var answers = new Pipe();
        using var mechanism = NewMechanism();
        using var writer = new ConnectionWriter(mechanism, answers.Writer, _owner, error => _failure = error);
        _heartbeat.Output = writer;
        var pump = NewPump();
        var running = pump.RunAsync();
        await _input.Waiting.WithinAsync();

        // PING without a ttl and a context, and a message behind it.
        _input.Arrive(Hex.Octets("04 07 04 50 49 4E 47 00 00 00 01 41"));
        var hasMoved = false;
        await Interrupted.RunAsync(
            body =>
            {
                lock (_owner.Gate) body();
            },
            () => hasMoved = pump.TryMove());
        Assert.Null(_failure);
        Assert.True(hasMoved);
        Assert.Equal([1], _owner.Lengths);
        var answer = await answers.Reader.ReadAtLeastAsync(7).AsTask().WithinAsync();
        Assert.Equal(Hex.Octets("04 05 04 50 4F 4E 47"), answer.Buffer.ToArray());
        await EndAsync(running);
        await writer.StopAsync().WithinAsync();
    }

    public void Dispose() => _owner.Dispose();

    private static byte[] LargeFrame()
    {
        var frame = new byte[9 + Large];
        frame[0] = 2;
        BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(1), Large);
        return frame;
    }

    private static byte[] SmallFrames()
    {
        var frames = new byte[SmallCount * (Small + 2)];
        for (var i = 0; i < SmallCount; i++) frames[(i * (Small + 2)) + 1] = Small;
        return frames;
    }

    private async Task EndAsync(Task running)
    {
        // False when the loop is in a turn still, whose last message the test has seen: then it ends with that turn.
        _turn.TryLeave();
        _owner.Room = int.MaxValue;
        _input.End();
        _owner.PassRoomOn();
        await running.WithinAsync();
    }

    private ReadPump NewPump()
    {
        var reader = new TrafficReader(NewMechanism(), _owner, _heartbeat, long.MaxValue);
        return new ReadPump(_input, reader, _owner, _heartbeat, _turn, error => _failure = error);
    }

    private static Mechanism NewMechanism() =>
        NullSecurity.Instance.CreateMechanism(HandshakeContexts.Create(SocketType.Push, isConnecting: true));

    private sealed class Nothing : IThreadPoolWorkItem
    {
        public void Execute()
        {
        }
    }
}
