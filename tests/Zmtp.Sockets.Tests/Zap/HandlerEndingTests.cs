using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Endpoints;
using Zmtp.Sockets.Tests.Diagnostics;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Transports;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Zap;

/// <summary>A context is disposed while its handler has a question, and a socket is where a handler should be that is none.</summary>
public sealed class HandlerEndingTests : IDisposable
{
    private readonly LogRecords _log = new();

    public void Dispose() => _log.Dispose();

    /// <summary>The socket that asks is closed with the others: that is no failure of the authenticator's.</summary>
    [Fact]
    public async Task ZAP_ContextIsDisposedWhileTheHandlerIsAsked_NoWarningIsWritten()
    {
        var context = Searched.NewContext(new ZmtpContextOptions { Transports = [new PeerGoesFirst()], LoggerFactory = _log });
        var handler = await ScriptedZapHandler.OnRouterAsync(context, static _ => (byte[][]?)null);
        var pull = new PullSocket(context, TestServers.Asking("PLAIN"));
        await using var others = Searched.NewContext(new ZmtpContextOptions { Transports = [InMemoryTransport.Instance] });
        await using var push = new PushSocket(others, Sut.Quick with { Security = TestSecurity.Client("PLAIN") });
        push.Connect(await pull.BindAsync("mem://*"));
        await handler.NextAsync().WithinAsync();

        await context.DisposeAsync().WithinAsync();

        Assert.Empty(_log.Warnings);
        await handler.DisposeAsync();
    }

    [Fact]
    public async Task ZAP_AuthenticatorAnswersWhenItsContextIsDisposed_NoDefectIsTold()
    {
        var context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = _log });
        var isAsked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var verdict = new TaskCompletionSource<AuthenticationResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        Message asked = default;
        await ZapServer.StartAsync(
            context,
            new FunctionAuthenticator(_ =>
            {
                isAsked.SetResult();
                return verdict.Task;
            }),
            request =>
            {
                asked = request;
                return [.. request];
            },
            TestTimeout.Token);
        var dealer = new DealerSocket(context, Sut.Quick);
        dealer.Connect(ZapHandler.Endpoint);
        await dealer.SendAsync(Message.Of("", "1.0", "1", "test", "127.0.0.1", "", "PLAIN", "user", "password")).WithinAsync();
        await isAsked.Task.WithinAsync();
        await context.DisposeAsync().WithinAsync();

        verdict.SetResult(AuthenticationResult.Success());

        // That is the last that is done about a request.
        asked.ExpectGivenBack();
        Assert.Empty(_log.Warnings);
    }

    [Fact]
    public async Task ZAP_SocketOfAnotherTypeIsWhereTheHandlerShouldBe_PeersAreRefusedAtOnceAndItIsSaidWhy()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking("PLAIN")), new FakeTimeProvider());
        await using var wrong = new PullSocket(sut.Context, Sut.Quick);
        await wrong.BindAsync(ZapHandler.Endpoint);

        await RawClient.KnockAsync(await sut.RawConnectsAsync(), "PLAIN");

        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(FaultOrigin.Local, failed.Error!.Origin);
        Assert.Contains("PULL socket bound to inproc://zeromq.zap.01", failed.Error.Message, StringComparison.Ordinal);
    }

    /// <summary>Its listener ends when the one peer that it has accepted is gone: what ends that one comes before the end of the socket.</summary>
    private sealed class PeerGoesFirst : ITransport
    {
        public string Scheme => InMemoryTransport.Instance.Scheme;

        public async ValueTask<TransportListener> ListenAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            new Listener(await InMemoryTransport.Instance.ListenAsync(endpoint, options, cancellationToken));

        public ValueTask<TransportConnection> ConnectAsync(ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }

    private sealed class Listener(TransportListener inner) : TransportListener
    {
        private readonly TaskCompletionSource _isGone = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ZmtpEndpoint Endpoint => inner.Endpoint;

        public override async ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken) =>
            new Connection(await inner.AcceptAsync(cancellationToken), _isGone);

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await _isGone.Task.WithinAsync();
        }
    }

    private sealed class Connection(TransportConnection inner, TaskCompletionSource isGone) : WrappedConnection(inner)
    {
        public override ValueTask DisposeAsync()
        {
            isGone.TrySetResult();
            return base.DisposeAsync();
        }
    }
}
