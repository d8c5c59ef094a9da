using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>A transport of the application's, <c>never://</c>, of which no attempt to connect comes to an end before it is given up.</summary>
internal sealed class NeverConnects : ITransport
{
    private readonly TaskCompletionSource<CancellationToken> _attempt = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Scheme => "never";

    /// <summary>What gives the first attempt up, once it has begun.</summary>
    public Task<CancellationToken> Attempt => _attempt.Task;

    public ValueTask<TransportListener> ListenAsync(ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public async ValueTask<TransportConnection> ConnectAsync(
        ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
    {
        _attempt.TrySetResult(cancellationToken);
        await Task.Delay(Timeout.Infinite, cancellationToken);
        throw new NotSupportedException();
    }
}
