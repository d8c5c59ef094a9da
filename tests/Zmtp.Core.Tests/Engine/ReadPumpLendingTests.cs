using System.Text;
using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Engine;

/// <summary>Messages that stay where they were received.</summary>
public sealed class ReadPumpLendingTests
{
    private const int Count = 100;

    private readonly ReadingTurn _turn = new();
    private readonly HeartbeatMonitor _heartbeat = new(HeartbeatOptions.Off, 1, TimeProvider.System);
    private Exception? _failure;

    [Fact]
    public async Task TryMove_MessagesTakeMostOfARead_TheyKeepItsMemory()
    {
        var input = new ScriptedReader { Lends = true };
        var owner = new FakeOwner { TakesBatches = true, TakesAtReadEnd = true };
        byte[] octets = [.. Frames(), .. Hex.Octets("01 01 41 00 05 42")];

        await MoveAsync(input, owner, octets, then: () => input.Arrive(Hex.Octets("43 44 45 46")));

        Assert.Null(_failure);
        Assert.Equal([.. Texts(), "A|BCDEF"], owner.Messages);
        Assert.Equal(1, input.Kept);
    }

    [Fact]
    public async Task TryMove_NoRoomForMostOfARead_TheOthersMoveOutAndItStays()
    {
        var input = new ScriptedReader { Lends = true };
        var owner = new FakeOwner { TakesBatches = true, TakesAtReadEnd = true, Room = Count / 4 };

        await MoveAsync(input, owner, Frames(), then: () => owner.Room = int.MaxValue);

        Assert.Null(_failure);
        Assert.Equal(Texts(), owner.Messages);
        Assert.Equal(1, input.Kept);
    }

    [Fact]
    public async Task TryMove_ThePeerBreaksARuleBehindMessages_TheyAreInOrder()
    {
        var input = new ScriptedReader { Lends = true };
        var owner = new FakeOwner { TakesBatches = true, TakesAtReadEnd = true };

        await MoveAsync(input, owner, [.. Frames(), 0xFF, .. Frames()]);

        Assert.IsType<ZmtpProtocolException>(_failure);
        Assert.Equal(Texts(), owner.Messages);
        Assert.Equal(1, input.Kept);
    }

    [Fact]
    public async Task TryMove_RoomEndsWithTheRead_NothingIsUnreadBehindIt()
    {
        var input = new ScriptedReader { Lends = true };
        var owner = new FakeOwner { TakesBatches = true, TakesAtReadEnd = true, Room = Count };

        await MoveAsync(input, owner, Frames(), then: () => Assert.False(input.HasUnread));

        Assert.Equal(Texts(), owner.Messages);
        Assert.Equal(1, input.Kept);
    }

    [Fact]
    public async Task TryMove_ThePeerBreaksARuleInTheMiddleOfAMessage_ThatOneIsDropped()
    {
        var input = new ScriptedReader { Lends = true };
        var owner = new FakeOwner { TakesBatches = true, TakesAtReadEnd = true };

        await MoveAsync(input, owner, [.. Frames(), .. Hex.Octets("01 01 41 FF")]);

        Assert.IsType<ZmtpProtocolException>(_failure);
        Assert.Equal(Texts(), owner.Messages);
    }

    [Fact]
    public async Task TryMove_NoMemoryForWhatIsLeftOfARead_TheMessagesBeforeAreInOrder()
    {
        var input = new ScriptedReader { Lends = true, OnRest = static () => throw new InsufficientMemoryException() };
        var owner = new FakeOwner { TakesBatches = true, TakesAtReadEnd = true };

        await MoveAsync(input, owner, [.. Frames(), .. Hex.Octets("00 05 41")]);

        Assert.IsType<InsufficientMemoryException>(_failure);
        Assert.Equal(Texts(), owner.Messages);
    }

    [Fact]
    public async Task TryMove_ReadOfCommands_KeepsNothing()
    {
        var input = new ScriptedReader { Lends = true };
        var owner = new FakeOwner { TakesBatches = true, TakesAtReadEnd = true };

        await MoveAsync(input, owner, Hex.Octets("04 0B 09 53 55 42 53 43 52 49 42 45 41"));

        Assert.Equal(["SUBSCRIBEA"], owner.Commands);
        Assert.Equal(0, input.Kept);
    }

    /// <summary>As a thread would that waits for a message: once, and once more after something else was done.</summary>
    private async Task MoveAsync(ScriptedReader input, FakeOwner owner, byte[] octets, Action? then = null)
    {
        using var mechanism = NullSecurity.Instance.CreateMechanism(HandshakeContexts.Create(SocketType.Push, isConnecting: true));
        using var reader = new TrafficReader(mechanism, owner, _heartbeat, long.MaxValue);
        var pump = new ReadPump(input, reader, owner, _heartbeat, _turn, error => _failure = error);
        var running = pump.RunAsync();
        await input.Waiting.WithinAsync();
        input.Arrive(octets);
        pump.TryMove();
        then?.Invoke();
        if (_failure is null) pump.TryMove();
        _turn.TryLeave();
        input.End();
        await running.WithinAsync();

        // As the connection does at its end.
        reader.EndRead();
    }

    private static byte[] Frames() =>
        [.. Texts().SelectMany(static text => (byte[])[0x00, (byte)text.Length, .. Encoding.ASCII.GetBytes(text)])];

    private static string[] Texts() => [.. Enumerable.Range(0, Count).Select(static i => $"message {i}")];
}
