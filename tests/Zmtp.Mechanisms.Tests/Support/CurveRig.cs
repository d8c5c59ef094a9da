using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Testing.Curve;

namespace Zmtp.Mechanisms.Tests;

/// <summary>
/// One end of CURVE under test, the other end a script of the test project, which has its own layout and its own calls to libsodium.
/// </summary>
internal static class CurveRig
{
    public static byte[] DealerMetadata => HandshakeContexts.Metadata(SocketType.Dealer);

    public static byte[] RouterMetadata => HandshakeContexts.Metadata(SocketType.Router);

    /// <summary>A server under test, before HELLO.</summary>
    public static (Mechanism Server, CurveClientScript Client) Server(
        CurveClients clients = CurveClients.AllowAny, SocketType type = SocketType.Router, TimeProvider? time = null, bool worksAhead = false)
    {
        var security = CurveSecurity.Server(Transcript.ServerKeys(), clients);
        var server = security.CreateMechanism(
            HandshakeContexts.Create(type, isConnecting: false, domain: "global", time: time, worksAhead: worksAhead));
        return (server, new CurveClientScript(CurveKeys.TestClient, CurveKeys.TestServer.Public));
    }

    /// <summary>A server under test that waits for INITIATE.</summary>
    public static (Mechanism Server, CurveClientScript Client) ServerAwaitingInitiate(
        CurveClients clients = CurveClients.AllowAny, SocketType type = SocketType.Router, TimeProvider? time = null, ulong firstNonce = 1)
    {
        var (server, client) = Server(clients, type, time);
        client.NextNonce = firstNonce;
        server.ReadCommand(client.Hello());
        client.OpenWelcome(server.Write());
        return (server, client);
    }

    /// <summary>A server under test that is Ready.</summary>
    public static (Mechanism Server, CurveClientScript Client) ReadyServer(ulong firstNonce = 1)
    {
        var (server, client) = ServerAwaitingInitiate(firstNonce: firstNonce);
        server.ReadCommand(client.Initiate(DealerMetadata));
        client.OpenReady(server.Write());
        return (server, client);
    }

    /// <summary>A client under test that has sent HELLO.</summary>
    public static (Mechanism Client, CurveServerScript Server) ClientAwaitingWelcome()
    {
        var security = CurveSecurity.Client(Transcript.ClientKeys(), new CurvePublicKey(Transcript.ServerPublic));
        var client = security.CreateMechanism(HandshakeContexts.Create(SocketType.Dealer, isConnecting: true));
        var server = new CurveServerScript(CurveKeys.TestServer);
        server.OpenHello(client.Write());
        return (client, server);
    }

    /// <summary>A client under test that has sent INITIATE.</summary>
    public static (Mechanism Client, CurveServerScript Server) ClientAwaitingReady()
    {
        var (client, server) = ClientAwaitingWelcome();
        client.ReadCommand(server.Welcome());
        server.OpenInitiate(client.Write());
        return (client, server);
    }

    /// <summary>A client under test that is Ready.</summary>
    public static (Mechanism Client, CurveServerScript Server) ReadyClient()
    {
        var (client, server) = ClientAwaitingReady();
        client.ReadCommand(server.Ready(RouterMetadata));
        return (client, server);
    }
}
