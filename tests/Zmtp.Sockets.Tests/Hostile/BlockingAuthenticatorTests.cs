using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Sockets.Endpoints;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Hostile;

/// <summary>
/// An authenticator or policy that blocks its thread, as a look-up that is not awaited does: strangers who are asked about take no thread from what
/// else the process does.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class BlockingAuthenticatorTests
{
    /// <summary>More than there are threads of the pool on any machine that runs this.</summary>
    private static readonly int Crowd = Math.Max(64, 4 * Environment.ProcessorCount);

    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData("Use")]
    [InlineData("ServeZapAsync")]
    [InlineData("ConfigurePolicy")]
    public async Task CROWD_AskedAboutWhereTheAnswerBlocks_OthersAreServedMeanwhile(string how)
    {
        using var blocking = new BlocksUntilReleased();
        await using var context = Searched.NewContext(new ZmtpContextOptions { Time = _time });
        await using var pull = new PullSocket(context, TestServers.Asking("NULL"));
        using var authenticator = new Authenticator(new AuthenticatorOptions { Time = _time });
        await using var served = await AskAsync(how, context, blocking, authenticator);
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");
        await using var others = Searched.NewContext();
        await using var rep = new RepSocket(others, Sut.Quick);
        await using var req = new ReqSocket(others, Sut.Quick);
        await Join.ToAsync(rep, req);

        var peers = await KnockAsync(endpoint, Crowd);
        try
        {
            await blocking.HasBlocked(2).WithinAsync();
            await ConverseAsync(req, rep).WithinAsync();
            await blocking.HasBlocked(AuthenticatorTurns.Least).WithinAsync();
            blocking.Release();
            var until = TestTimeout.Token;
            while (pull.PeerCount < Crowd) await Task.Delay(1, until);
        }
        finally
        {
            // Also where it has failed: the clock stands still, and who closes waits for them by it.
            blocking.Release();
            foreach (var peer in peers) await peer.DisposeAsync();
        }

        // A policy has as many turns as its own limits say.
        Assert.InRange(blocking.Most, AuthenticatorTurns.Least, how == "ConfigurePolicy" ? Crowd : AuthenticatorTurns.MaxAtOnce);
    }

    [Theory]
    [InlineData("Use")]
    [InlineData("ServeZapAsync")]
    public async Task CROWD_AllTurnsAreTakenForTooLong_OneMoreIsRefusedInTimeAndTheNextServedAfterwards(string how)
    {
        using var blocking = new BlocksUntilReleased();
        await using var context = Searched.NewContext(new ZmtpContextOptions { Time = _time });
        await using var pull = new PullSocket(context, TestServers.Asking("NULL"));
        using var authenticator = new Authenticator();
        await using var served = await AskAsync(how, context, blocking, authenticator);
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");
        var peers = await KnockAsync(endpoint, AuthenticatorTurns.MaxAtOnce);
        try
        {
            await blocking.HasBlocked(AuthenticatorTurns.MaxAtOnce).WithinAsync();
            await using var late = await RawPeer.ConnectAsync(endpoint);
            await late.SendAsync(Octets.Greeting31(), Octets.Ready("PUSH"));
            await _time.PassUntilAsync(late.ReadToCloseAsync(), TimeSpan.FromSeconds(1));
            Assert.Equal(AuthenticatorTurns.MaxAtOnce, blocking.Addresses.Count);

            blocking.Release();
            await using var good = await RawPeer.ConnectAsync(endpoint);
            await good.Handshake31Async("PUSH");
        }
        finally
        {
            blocking.Release();
            foreach (var peer in peers) await peer.DisposeAsync();
        }
    }

    private static async Task<IAsyncDisposable?> AskAsync(string how, ZmtpContext context, BlocksUntilReleased blocking, Authenticator authenticator)
    {
        switch (how)
        {
            case "Use":
                context.Use(blocking);
                return null;
            case "ServeZapAsync":
                return await context.ServeZapAsync(blocking);
            default:
                var options = new PolicyOptions { Limits = new CheckLimits { MaxAtOnce = Crowd } };
                authenticator.ConfigurePolicy("*", (request, stop) => blocking.AuthenticateAsync(request.Facts, stop), options);
                context.Use(authenticator);
                return null;
        }
    }

    private static async Task<List<RawPeer>> KnockAsync(string endpoint, int count)
    {
        List<RawPeer> peers = [];
        for (var i = 0; i < count; i++)
        {
            var peer = await RawPeer.ConnectAsync(endpoint);
            await peer.SendAsync(Octets.Greeting31(), Octets.Ready("PUSH"));
            peers.Add(peer);
        }

        return peers;
    }

    private static async Task ConverseAsync(ReqSocket req, RepSocket rep)
    {
        var until = TestTimeout.Token;
        for (var i = 0; i < 100; i++)
        {
            await req.SendAsync("x", until);
            (await rep.ReceiveAsync(until)).Dispose();

            // What goes on on the pool, as most programs do somewhere.
            await Task.Yield();
            await rep.SendAsync("y", until);
            (await req.ReceiveAsync(until)).Dispose();
        }
    }
}
