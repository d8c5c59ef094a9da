using System.Buffers;
using System.IO.Pipelines;
using Zmtp.Transports;

namespace Zmtp.Sockets.Probing;

/// <summary>
/// A connection that remembers the first octets that came in, as many as a greeting has, and how many came in all. What follows the
/// greeting may be secret and is counted only.
/// </summary>
/// <param name="inner">The connection.</param>
/// <param name="onGreeting">Called once, when there are as many octets as a greeting has; null for nobody.</param>
internal sealed class Recording(TransportConnection inner, Action<ReadOnlySpan<byte>>? onGreeting = null) : TransportConnection
{
    private readonly RecordingReader _input = new(inner.Input, onGreeting);

    public override PipeReader Input => _input;

    public override PipeWriter Output => inner.Output;

    public override string LocalEndpoint => inner.LocalEndpoint;

    public override string RemoteEndpoint => inner.RemoteEndpoint;

    public override string PeerAddress => inner.PeerAddress;

    /// <summary>The first octets of the connection, at most <see cref="Wire.Greeting.Length"/>.</summary>
    public ReadOnlySpan<byte> First => _input.First;

    /// <summary>How many octets have come in.</summary>
    public long Received => _input.Received;

    public override void CompleteOutput() => inner.CompleteOutput();

    public override void Abort() => inner.Abort();

    public override ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class RecordingReader(PipeReader inner, Action<ReadOnlySpan<byte>>? onGreeting) : PipeReader
    {
        private readonly byte[] _first = new byte[Wire.Greeting.Length];
        private int _recorded;
        private long _consumed;
        private ReadOnlySequence<byte> _buffer;

        public ReadOnlySpan<byte> First => _first.AsSpan(0, _recorded);

        public long Received { get; private set; }

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
            Record(await inner.ReadAsync(cancellationToken).ConfigureAwait(false));

        public override bool TryRead(out ReadResult result)
        {
            if (!inner.TryRead(out result)) return false;
            Record(result);
            return true;
        }

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            _consumed += _buffer.Slice(0, consumed).Length;
            _buffer = default;
            inner.AdvanceTo(consumed, examined);
        }

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        private ReadResult Record(ReadResult result)
        {
            _buffer = result.Buffer;
            Received = Math.Max(Received, _consumed + _buffer.Length);

            // While there is room for more, everything that was consumed has been recorded.
            if (_recorded == _first.Length) return result;
            var news = _buffer.Slice(_recorded - _consumed);
            news = news.Slice(0, Math.Min(news.Length, _first.Length - _recorded));
            news.CopyTo(_first.AsSpan(_recorded));
            _recorded += (int)news.Length;
            if (_recorded == _first.Length) onGreeting?.Invoke(_first);
            return result;
        }
    }
}
