using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Diagnostics;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Zap;

/// <summary>An authenticator may do anything when it is told to give up. Whatever tells it must come to its end all the same.</summary>
public sealed class StubbornAuthenticatorTests : IDisposable
{
    private static readonly SocketOptions Asking = TestServers.Asking("NULL");

    private readonly LogRecords _log = new();
    private readonly Stubborn _authenticator = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BIND_CallbackThrowsWhenTheEndpointIsGivenUp_ConnectionsEndAllTheSame(bool unbinds)
    {
        await using var context = NewContext();
        await using var pull = new PullSocket(context, Asking);
        var stuck = await pull.BindAsync("tcp://127.0.0.1:*");
        var other = await pull.BindAsync("tcp://127.0.0.1:*");
        await using var elsewhere = Searched.NewContext();
        await using var push = new PushSocket(elsewhere, Sut.Quick);
        var events = new EventLog(push);
        push.Connect(unbinds ? stuck : other);
        await pull.WaitForPeerAsync(TestTimeout.Default);
        await using var waiting = await KnockAsync(elsewhere, stuck);

        await (unbinds ? pull.UnbindAsync(stuck).AsTask() : pull.DisposeAsync().AsTask()).WithinAsync();

        await events.NextAsync(SocketEventKind.Disconnected);
        await ExpectToldAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CONNECT_CallbackThrowsWhenTheEndpointIsGivenUp_IsGivenUpAllTheSame(bool disconnects)
    {
        await using var elsewhere = Searched.NewContext();
        await using var pull = new PullSocket(elsewhere, Sut.Quick);
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");
        await using var context = NewContext();
        await using var push = new PushSocket(context, Asking);
        _authenticator.IsStubborn = true;
        push.Connect(endpoint);
        await _authenticator.IsAsked.WithinAsync();

        await (disconnects ? push.DisconnectAsync(endpoint).AsTask() : push.DisposeAsync().AsTask()).WithinAsync();

        await ExpectToldAsync();
    }

    [Fact]
    public async Task HANDSHAKE_CallbackThrowsWhenItsTimeIsOver_ItHasFailedAndTheClockGoesOn()
    {
        var time = new FakeTimeProvider();
        await using var context = NewContext(time);
        await using var pull = new PullSocket(context, Asking);
        var events = new EventLog(pull);
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");
        await using var elsewhere = Searched.NewContext();
        await using var waiting = await KnockAsync(elsewhere, endpoint);

        time.Advance(Asking.HandshakeTimeout);

        var failed = await events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(ProtocolError.HandshakeTimeout, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
        await ExpectToldAsync();
    }

    [Fact]
    public async Task ZAP_CallbackThrowsWhenTheServiceIsDisposed_AnotherCanBeServed()
    {
        await using var context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = _log });
        var service = await context.ServeZapAsync(_authenticator);
        await using var pull = new PullSocket(context, Asking);
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");
        await using var elsewhere = Searched.NewContext();
        await using var waiting = await KnockAsync(elsewhere, endpoint);

        await service.DisposeAsync().WithinAsync();

        await using var next = await context.ServeZapAsync(FixedVerdict.Success);
        await ExpectToldAsync();
    }

    private ZmtpContext NewContext(TimeProvider? time = null)
    {
        var context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = _log, Time = time ?? TimeProvider.System });
        context.Use(_authenticator);
        return context;
    }

    /// <summary>A peer about whom the authenticator is asked, and does not answer.</summary>
    private async Task<PushSocket> KnockAsync(ZmtpContext context, string endpoint)
    {
        _authenticator.IsStubborn = true;
        var push = new PushSocket(context, Sut.Quick);
        push.Connect(endpoint);
        await _authenticator.IsAsked.WithinAsync();
        return push;
    }

    private async Task ExpectToldAsync()
    {
        var line = await _log.NextAsync(3712).WithinAsync();
        Assert.Contains("Fix it", line.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(_log.All, static line => line.Id.Id == 3708);
    }

    private sealed class Stubborn : IAuthenticator
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public volatile bool IsStubborn;

        public Task IsAsked => _asked.Task;

        public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
        {
            if (!IsStubborn) return new(AuthenticationResult.Success());
            cancellationToken.Register(static () => throw new InvalidOperationException("It will not give up."));
            _asked.TrySetResult();
            return new(new TaskCompletionSource<AuthenticationResult>().Task);
        }
    }
}
