using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets;
using Zmtp.Testing.Searching;

namespace Zmtp.Interop.Tests.Support;

/// <summary>A context of ours and one of libzmq, whose sockets talk NULL or CURVE with the test keys.</summary>
internal sealed class TwoContexts : IAsyncDisposable
{
    private readonly CurveKeyPair _serverKeys = LibZmqKeys.TestServer.ToKeyPair();
    private readonly CurveKeyPair _clientKeys = LibZmqKeys.TestClient.ToKeyPair();

    /// <summary>Ours.</summary>
    public ZmtpContext Ours { get; } = Searched.NewContext();

    /// <summary>libzmq's.</summary>
    public LibZmqContext Theirs { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await Ours.DisposeAsync();
        Theirs.Dispose();
        _serverKeys.Dispose();
        _clientKeys.Dispose();
    }

    /// <summary>Options of ours; where it matters, connecting again takes no time.</summary>
    public SocketOptions Options(bool curve, bool serve = false) => new()
    {
        Security = (curve, serve) switch
        {
            (false, _) => NullSecurity.Instance,
            (true, true) => CurveSecurity.Server(_serverKeys, CurveClients.AllowAny),
            (true, false) => CurveSecurity.Client(_clientKeys, _serverKeys.PublicKey),
        },
        ReconnectInterval = TimeSpan.FromMilliseconds(20),
        ReconnectIntervalMax = TimeSpan.FromMilliseconds(50),
    };

    /// <summary>A socket of libzmq's, the CURVE server unless told otherwise; connecting again takes no time.</summary>
    public LibZmqSocket Socket(LibZmqSocketType type, bool curve, bool serve = true)
    {
        var socket = Theirs.Socket(type).Set(LibZmqOption.ReconnectInterval, 20);
        return (curve, serve) switch
        {
            (false, _) => socket,
            (true, true) => socket.CurveServer(LibZmqKeys.TestServer),
            (true, false) => socket.CurveClient(LibZmqKeys.TestClient, LibZmqKeys.TestServer.Public),
        };
    }
}
