using System.Text;
using Zmtp.Engine;

namespace Zmtp.Core.Tests.Engine;

/// <summary>Keeps what a connection's reader hands over, as text.</summary>
internal sealed class FakeOwner : IConnectionOwner
{
    public Lock Gate
    {
        get
        {
            BeforeGate?.Invoke();
            return _gate;
        }
    }

    /// <summary>What else is done before each look at the gate.</summary>
    public Action? BeforeGate { get; set; }

    /// <summary>One line per message: its frames, each "length:hash", with their text when they are short.</summary>
    public List<string> Messages { get; } = [];

    public List<string> Commands { get; } = [];

    /// <summary>After so many messages there is no room until <see cref="Room"/> is raised.</summary>
    public int Room { get; set; } = int.MaxValue;

    /// <summary>Whether messages come in batches where they can.</summary>
    public bool TakesBatches { get; init; }

    public int Spread { get; set; } = 1;

    /// <summary>How many messages were counted.</summary>
    public int Counted { get; private set; }

    public bool IsFilledAlone => Spread == 1;

    /// <summary>Whether messages of a batch are taken when the read is over, as by another thread, instead of at once.</summary>
    public bool TakesAtReadEnd { get; init; }

    /// <summary>How many messages came in batches.</summary>
    public int Batched { get; private set; }

    /// <summary>What else is done with each message.</summary>
    public Action<MessageBuffer>? OnMessage { get; init; }

    /// <summary>What else is done when a message begins that has memory of its own.</summary>
    public Action? OnBegin { get; init; }

    /// <summary>The last of those, and whether it is still the reader's.</summary>
    public MessageBuffer? Begun { get; private set; }

    /// <inheritdoc cref="Begun"/>
    public bool IsBegunKept => Begun?.Version == _begunVersion;

    /// <summary>What else is done after each read.</summary>
    public Action? OnRead { get; set; }

    private readonly Lock _gate = new();
    private InboundBatch? _batch;
    private int _waiting;
    private int _begunVersion;

    public int CountSpread()
    {
        Counted++;
        return Spread;
    }

    public InboundBatch OpenBatch(int octets) => _batch ??= InboundBatch.Rent(octets);

    public bool EndBatchMessage()
    {
        _batch!.EndMessage();
        Batched++;
        if (!TakesAtReadEnd) return EndMessage(_batch.Take(out _));
        return Messages.Count + ++_waiting < Room;
    }

    public MessageBuffer BeginMessage()
    {
        OnBegin?.Invoke();
        Begun = MessageBuffer.Rent();
        _begunVersion = Begun.Version;
        return Begun;
    }

    public bool EndMessage(MessageBuffer message)
    {
        OnMessage?.Invoke(message);
        Messages.Add(string.Join('|', Enumerable.Range(0, message.FrameCount).Select(i => Describe(message.Slot(i).Span))));
        message.Return();
        return Messages.Count < Room;
    }

    public void OnCommand(ReadOnlySpan<byte> body) => Commands.Add(Encoding.ASCII.GetString(body[1..]));

    public void OnReadEnd()
    {
        while (_batch is { HasMessages: true }) EndMessage(_batch.Take(out _));
        _waiting = 0;
        _batch?.Release();
        _batch = null;
        OnRead?.Invoke();
    }

    public ValueTask WaitForRoomAsync() => ValueTask.CompletedTask;

    public bool HasRoom => Messages.Count < Room;

    public bool HasRoomElseAsk() => HasRoom;

    public void PassRoomOn()
    {
    }

    public void StopWaitingForRoom()
    {
    }

    /// <summary>Messages that wait until the writer asks for them.</summary>
    public Queue<byte[]> Waiting { get; } = new();

    public void Refill(ConnectionWriter writer)
    {
        while (Waiting.TryDequeue(out var frame)) writer.WriteFrame(frame, more: false);
    }

    public void OnSent(ConnectionWriter writer, int messages)
    {
    }

    public void OnBroken(ConnectionWriter writer)
    {
    }

    public bool OnOutputLost(ConnectionWriter writer) => true;

    public static string Describe(ReadOnlySpan<byte> frame)
    {
        if (frame.Length <= 64) return Encoding.ASCII.GetString(frame);
        long sum = 0;
        foreach (var octet in frame) sum = unchecked((sum * 31) + octet);
        return $"{frame.Length}:{sum}";
    }
}
