using BenchmarkDotNet.Attributes;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Wire;

namespace Zmtp.Benchmarks;

/// <summary>Frames to octets and back, without a socket: a batch of messages of one frame each.</summary>
[MemoryDiagnoser]
public class FramingBenchmarks
{
    private const int Batch = 1000;

    private readonly CountingOwner _owner = new();
    private byte[] _data = null!;
    private byte[] _wire = null!;
    private OutgoingBuffer _outgoing = null!;
    private TrafficReader _reader = null!;

    /// <summary>Octets of a message.</summary>
    [Params(16, 100, 1024, 8192)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _data = new byte[Size];
        var mechanism = NewMechanism();
        _outgoing = new OutgoingBuffer(mechanism);
        _reader = new TrafficReader(mechanism, _owner, new HeartbeatMonitor(HeartbeatOptions.Off, 1, TimeProvider.System), long.MaxValue);
        var header = FrameHeader.GetHeaderLength(Size);
        _wire = new byte[Batch * (header + Size)];
        for (var i = 0; i < Batch; i++) FrameHeader.Write(FrameFlags.None, Size, _wire.AsSpan(i * (header + Size)));
        _owner.Messages = 0;
        Decode();
        if (_owner.Messages != Batch) throw new InvalidOperationException("Not all frames came out.");
        if (Encode() != _wire.Length) throw new InvalidOperationException("Not all frames went in.");
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _reader.Dispose();
        _outgoing.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public long Encode()
    {
        for (var i = 0; i < Batch; i++) _outgoing.WriteFrame(_data, more: false);
        var length = 0L;
        while (_outgoing.TryTake(mayGrow: false, out var chunk))
        {
            length += chunk.Length;
            chunk.Return();
        }

        return length;
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public int Decode()
    {
        var used = _reader.Read(_wire, out _);
        _reader.EndRead();
        return used;
    }

    private static Mechanism NewMechanism() => NullSecurity.Instance.CreateMechanism(new HandshakeContext
    {
        SocketType = SocketType.Push,
        IsConnecting = true,
        PeerMinorVersion = 1,
        LocalMetadata = default,
        Domain = "",
        PeerAddress = "",
    });

    private sealed class CountingOwner : IConnectionOwner
    {
        private InboundBatch? _batch;

        public int Messages { get; set; }

        public Lock Gate { get; } = new();

        public bool TakesBatches => true;

        public bool IsFilledAlone => true;

        public int CountSpread() => 1;

        public InboundBatch OpenBatch(int octets) => _batch ??= InboundBatch.Rent(octets);

        public bool EndBatchMessage()
        {
            Messages++;
            _batch!.EndMessage();
            return true;
        }

        public MessageBuffer BeginMessage() => MessageBuffer.Rent();

        public bool EndMessage(MessageBuffer message)
        {
            Messages++;
            message.Return();
            return true;
        }

        public void OnCommand(ReadOnlySpan<byte> body)
        {
        }

        public void OnReadEnd()
        {
            while (_batch is { HasMessages: true }) _batch.Take(out _).Return();
            _batch?.Release();
            _batch = null;
        }

        public ValueTask WaitForRoomAsync() => ValueTask.CompletedTask;

        public bool HasRoom => true;

        public bool HasRoomElseAsk() => true;

        public void PassRoomOn()
        {
        }

        public void StopWaitingForRoom()
        {
        }

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
}
