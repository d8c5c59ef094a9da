using Zmtp.Engine;
using Zmtp.Threading;

namespace Zmtp.Core.Tests.Engine;

/// <summary>Counts what a pump hands over, and has as much room as the test says.</summary>
internal sealed class PumpOwner : IConnectionOwner, IDisposable
{
    private readonly AsyncSignal _room = new();
    private readonly SemaphoreSlim _arrived = new(0);

    public Lock Gate { get; } = new();

    public List<long> Lengths { get; } = [];

    /// <summary>Whose messages are counted apart.</summary>
    public Thread? Watched { get; set; }

    /// <summary>Octets of the messages that <see cref="Watched"/> has handed over.</summary>
    public long WatchedOctets { get; private set; }

    public int Room { get; set; } = int.MaxValue;

    /// <summary>What happens when a guest asks for room, and the answer.</summary>
    public Func<bool> OnWantsRoom { get; set; } = () => false;

    /// <summary>What happens when the loop asks for room, and whether there is some at once.</summary>
    public Func<bool> OnLoopWantsRoom { get; set; } = () => false;

    /// <summary>What else is done with a message before it is taken.</summary>
    public Action OnMessage { get; set; } = static () => { };

    /// <summary>Set when the loop waits for room.</summary>
    public ManualResetEventSlim LoopWaits { get; } = new();

    public bool TakesBatches => false;

    public bool IsFilledAlone => true;

    public int CountSpread() => 1;

    public bool HasRoom => Lengths.Count < Room;

    public async Task ReachesAsync(int messages)
    {
        while (Lengths.Count < messages) await _arrived.WaitAsync();
    }

    public void Dispose()
    {
        _arrived.Dispose();
        LoopWaits.Dispose();
    }

    public InboundBatch OpenBatch(int octets) => throw new NotSupportedException();

    public bool EndBatchMessage() => throw new NotSupportedException();

    public MessageBuffer BeginMessage() => MessageBuffer.Rent();

    public bool EndMessage(MessageBuffer message)
    {
        OnMessage();
        Lengths.Add(message.Length);
        if (Thread.CurrentThread == Watched) WatchedOctets += message.Length;
        message.Return();
        _arrived.Release();
        return HasRoom;
    }

    public void OnCommand(ReadOnlySpan<byte> body)
    {
    }

    public void OnReadEnd()
    {
    }

    /// <summary>The loop goes on on the calling thread, if it waits for room.</summary>
    public void MakeRoomHere(int room)
    {
        Room = room;
        _room.SetHere();
    }

    public ValueTask WaitForRoomAsync()
    {
        if (OnLoopWantsRoom()) return ValueTask.CompletedTask;
        var wait = _room.WaitAsync();
        LoopWaits.Set();
        return wait;
    }

    public bool HasRoomElseAsk() => OnWantsRoom();

    public void PassRoomOn() => _room.Set();

    public void StopWaitingForRoom() => _room.Set();

    public void Refill(ConnectionWriter writer)
    {
    }

    public void OnSent(ConnectionWriter writer, int messages)
    {
    }

    public void OnBroken(ConnectionWriter writer)
    {
    }

    public bool OnOutputLost(ConnectionWriter writer) => true;
}
