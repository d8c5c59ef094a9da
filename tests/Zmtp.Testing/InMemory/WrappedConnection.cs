using System.IO.Pipelines;
using Zmtp.Transports;

namespace Zmtp.Testing;

/// <summary>A connection of which a test replaces a part; the rest is the inner one's.</summary>
public abstract class WrappedConnection(TransportConnection inner) : TransportConnection
{
    public override PipeReader Input => inner.Input;

    public override PipeWriter Output => inner.Output;

    public override string LocalEndpoint => inner.LocalEndpoint;

    public override string RemoteEndpoint => inner.RemoteEndpoint;

    public override string PeerAddress => inner.PeerAddress;

    public override void CompleteOutput() => inner.CompleteOutput();

    public override void Abort() => inner.Abort();

    public override ValueTask DisposeAsync() => inner.DisposeAsync();
}
