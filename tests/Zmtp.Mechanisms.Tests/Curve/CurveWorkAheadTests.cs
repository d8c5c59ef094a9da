using Xunit;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Mechanisms.Tests;

/// <summary>What a server computes while the client is at work. Tests of whole sockets do so where there are few; those of the machine alone only here.</summary>
public sealed class CurveWorkAheadTests
{
    [Fact]
    [Spec("CURVE-21", "CURVE-22")]
    public void WELCOME_WorkedAheadBeforeAndAfterIt_TheTransientSecretIsNotKept()
    {
        var (server, client) = CurveRig.Server(worksAhead: true);
        server.WorkAhead();
        var transientKeys = Assert.Single(((CurveMechanism)server).State.Secrets);
        server.ReadCommand(client.Hello());
        client.OpenWelcome(server.Write());

        server.WorkAhead();

        Assert.True(transientKeys.IsZero);
        var kept = ((CurveMechanism)server).State.Secrets.Cast<Crypto.SecretBuffer>().ToArray();
        Assert.Equal(2, kept.Length);
        Assert.All(kept, secret => Assert.False(secret.IsZero));
        server.Dispose();
        Assert.All(kept, secret => Assert.True(secret.IsZero));
    }

    /// <summary>K and the cookie together are s', and whoever does not compute ahead has no use for both.</summary>
    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    [Spec("CURVE-21", "CURVE-22")]
    public void WELCOME_Sent_TheCookieIsKeptOnlyWhereTheSessionKeyIsComputedOfIt(bool worksAhead, int secrets)
    {
        var (server, client) = CurveRig.Server(worksAhead: worksAhead);
        server.ReadCommand(client.Hello());
        client.OpenWelcome(server.Write());

        // Of a cookie that is still there the key would be computed once more.
        WorkAheadTwice(server);

        Assert.Equal(secrets, ((CurveMechanism)server).State.Secrets.Count);
        server.ReadCommand(client.Initiate(CurveRig.DealerMetadata));
        client.OpenReady(server.Write());
    }

    /// <summary>Time is gained, and nothing else changes: the vectors are those of a server that does not work ahead.</summary>
    [Fact]
    public void WorkAhead_BeforeEachCommand_TheTranscriptIsTheSame()
    {
        using var server = Transcript.ServerSecurity(CurveClients.AllowAny)
            .CreateMechanism(HandshakeContexts.Create(SocketType.Router, isConnecting: false, worksAhead: true));

        WorkAheadTwice(server);
        server.ReadCommand(Transcript.Hello);
        Assert.Equal(Transcript.Welcome, server.Write());
        WorkAheadTwice(server);
        server.ReadCommand(Transcript.Initiate);
        Assert.Equal(Transcript.Ready, server.Write());

        Assert.Equal(MechanismStatus.Ready, server.Status);
    }

    [Fact]
    [Spec("CURVE-33")]
    public void INITIATE_CookieChangedAfterWorkAhead_Closes()
    {
        var (server, client) = CurveRig.Server(worksAhead: true);
        server.ReadCommand(client.Hello());
        client.OpenWelcome(server.Write());
        server.WorkAhead();
        var initiate = client.Initiate(CurveRig.DealerMetadata);
        initiate[50] ^= 1;

        Expect.Refusal(ProtocolError.KeyExchange, () => server.ReadCommand(initiate));
    }

    private static void WorkAheadTwice(Mechanism mechanism)
    {
        mechanism.WorkAhead();
        mechanism.WorkAhead();
    }
}
