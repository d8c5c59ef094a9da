using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Sockets.Endpoints;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Reporting;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>An end goes on on the thread that asks for it as far as nothing has to be waited for, and that thread may be interrupted.</summary>
public class InterruptedEndTests
{
    private const int Count = 40;

    private static readonly byte[] Body = new byte[100_000];

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task END_InterruptedWhereAClockIsSet_ComesToItsEndAndKeepsTheLinger(bool disconnects, bool isQueued)
    {
        var time = new HeldTime();
        var options = Sut.Quick with { Linger = TestTimeout.Default, Transport = Sut.Quick.Transport with { SendBufferSize = 4096 } };
        await using var sut = Sut.Create(context => new PushSocket(context, options), time);
        var listener = sut.Listens();
        var raw = await sut.AcceptAsync(listener, "PULL");
        for (var i = 0; isQueued && i < Count; i++) Assert.True(sut.Socket.TrySend(Body));
        Task? ending = null;

        await Interrupted.RunAsync(
            time.Hold,
            () => ending = disconnects ? sut.Socket.DisconnectAsync(listener.Endpoint).AsTask() : sut.Socket.DisposeAsync().AsTask());

        Assert.True(time.HasInterrupted);
        for (var i = 0; isQueued && i < Count; i++) Assert.Equal(Body.Length, (await raw.ReadFrameAsync()).Body.Length);
        await ending!.WithinAsync();
        Assert.Equal(0, sut.Socket.UnsentCount);
    }

    [Fact]
    public async Task END_InterruptedWhereTheContextForgetsTheSocket_ComesToItsEnd()
    {
        await using var context = Searched.NewContext();
        var push = new PushSocket(context, Sut.Quick);
        Task? ending = null;

        await Interrupted.RunAsync(body => Hold(Gate(context), body), () => ending = push.DisposeAsync().AsTask());

        await ending!.WithinAsync();
    }

    [Fact]
    public async Task END_InterruptedWhereTheContextKeepsTheConnection_ComesToItsEnd()
    {
        await using var sut = Sut.Create(context => new PushSocket(context, Sut.Quick));
        await sut.PeerListensAsync("PULL");
        Task? ending = null;

        await Interrupted.RunAsync(body => Hold(Gate(sut.Context.Farewells), body), () => ending = sut.Socket.DisposeAsync().AsTask());

        await ending!.WithinAsync();
    }

    [Fact]
    public async Task CONTEXT_InterruptedWhereItsEndBegins_ItsSocketsEnd()
    {
        await using var context = Searched.NewContext();
        var pull = new PullSocket(context, Sut.Quick);
        await pull.BindAsync("tcp://127.0.0.1:*");
        Task? ending = null;

        await Interrupted.RunAsync(body => Hold(Gate(context), body), () => ending = context.DisposeAsync().AsTask());

        await ending!.WithinAsync();
        Assert.Empty(pull.BoundEndpoints);
    }

    [Fact]
    public async Task END_InterruptedWhereThoseAreToldWhoWaitForAPeer_EndpointIsFree()
    {
        await using var context = Searched.NewContext();
        var pull = new PullSocket(context, Sut.Quick);
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");
        Task? ending = null;

        await Interrupted.RunAsync(RuntimeTexts.Hold, () => ending = pull.DisposeAsync().AsTask());

        await ending!.WithinAsync();
        await using var other = new PullSocket(context, Sut.Quick);
        await other.BindAsync(endpoint);
    }

    [Fact]
    public async Task LOBBY_InterruptedWhereItIsGivenUp_TheThreadsNextWaitHearsOfIt()
    {
        var lobby = new Lobby();
        var error = new ZmtpException("Given up.", FaultOrigin.Local, mayRetry: true);

        await Interrupted.RunAsync(RuntimeTexts.Hold, () => lobby.GiveUp(error));

        await Assert.ThrowsAsync<ZmtpException>(() => lobby.WaitAsync(TestTimeout.Default, TimeProvider.System, static () => "", CancellationToken.None));
    }

    [Fact]
    public async Task WAIT_InterruptedWhereItFails_TheThreadsNextWaitHearsOfIt()
    {
        var wait = new SharedWait();
        var error = new InvalidOperationException();

        await Interrupted.RunAsync(RuntimeTexts.Hold, () => wait.Fail(error));

        await Assert.ThrowsAsync<InvalidOperationException>(() => wait.Task);
    }

    [Fact]
    public async Task REPETITIONS_InterruptedWhereTheyAreNoted_TheThreadsNextWaitHearsOfIt()
    {
        var said = new Repetitions(TimeProvider.System);
        News? news = null;

        await Interrupted.RunAsync(body => Hold(Gate(said), body), () => news = said.Note("tcp://peer:5555", "peer", isOne: true, "It failed.", out _));
        await Interrupted.RunAsync(body => Hold(Gate(said), body), () => said.Forget("tcp://peer:5555"));

        Assert.Equal(News.Fresh, news);
    }

    [Fact]
    public async Task END_SomethingThrowsBeforeTheEndpointsEnd_TheyEndAllTheSame()
    {
        await using var context = Searched.NewContext();
        var pull = new PullSocket(context, Sut.Quick);
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");
        var pipe = new Pipe(pull, endpoint, outlivesConnection: false);
        pipe.OnOutputLost(null!);
        pipe.Expel = static _ => throw new InvalidOperationException("It does not end.");
        pull.Endpoints.Add(pipe);

        await Assert.ThrowsAsync<InvalidOperationException>(() => pull.DisposeAsync().WithinAsync());

        Assert.Empty(pull.BoundEndpoints);
        await using var other = new PullSocket(context, Sut.Quick);
        await other.BindAsync(endpoint);
    }

    private static void Hold(Lock gate, Action body)
    {
        lock (gate) body();
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_gate")]
    private static extern ref Lock Gate(ZmtpContext context);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_gate")]
    private static extern ref Lock Gate(Repetitions said);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_gate")]
    private static extern ref Lock Gate(Farewells farewells);
}
