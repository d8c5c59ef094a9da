using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets;
using Zmtp.Testing.Searching;

namespace Zmtp.Interop.Tests.Support;

/// <summary>A socket of ours and one of libzmq, secured and connected as an <see cref="InteropCase"/> says.</summary>
internal sealed class InteropPair : IAsyncDisposable
{
    public const string UserName = "joe";
    private static readonly string Password = Searched.Password("a long password");
    private const string Domain = "global";

    private readonly ZmtpContext _context = Searched.NewContext();
    private readonly LibZmqContext _theirContext = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly List<IDisposable> _keys = [];
    private readonly LibZmqZapHandler? _handler;

    private InteropPair(InteropCase @case)
    {
        if (@case.Mechanism != "NULL" && @case.WeServe)
        {
            Authenticator = new ScriptedAuthenticator(Check);
            _context.Use(Authenticator);
        }
        else if (@case.Mechanism != "NULL")
        {
            // A libzmq REQ never sees its reply when its ZAP handler gave a user id (LIBZMQ_ReqServerWithUserId_NeverGetsItsReply).
            string userId = @case.Theirs == SocketType.Req ? "" : UserName;
            _handler = new LibZmqZapHandler(_theirContext, request => Check(request, userId));
        }

        Ours = OurSocket.Create(_context, @case.Ours, new SocketOptions
        {
            Security = OurSecurity(@case),
            ZapDomain = @case.Mechanism != "NULL" && @case.WeServe ? Domain : "",
            RoutingId = @case.Ours == SocketType.Router ? "ours"u8.ToArray() : default,
        });
        Theirs = _theirContext.Socket(@case.TheirType);
        Secure(@case);
        if (@case.Theirs == SocketType.Router)
        {
            Theirs.Set(LibZmqOption.RoutingId, "theirs");
        }
    }

    /// <summary>Our socket.</summary>
    public ZmtpSocket Ours { get; }

    /// <summary>libzmq's socket.</summary>
    public LibZmqSocket Theirs { get; }

    /// <summary>What our end asked, where we serve.</summary>
    public ScriptedAuthenticator? Authenticator { get; }

    /// <summary>Makes both sockets and connects them.</summary>
    public static async Task<InteropPair> ConnectAsync(InteropCase @case)
    {
        var pair = new InteropPair(@case);
        string wanted = @case.Transport == "ipc" ? pair._directory.Ipc() : "tcp://127.0.0.1:*";
        if (@case.WeBind)
        {
            pair.Theirs.Connect(await pair.Ours.BindAsync(wanted));
        }
        else
        {
            await pair.Ours.ConnectAsync(pair.Theirs.Bind(wanted));
        }

        await pair.Ours.PeerAsync();
        return pair;
    }

    public async ValueTask DisposeAsync()
    {
        await Ours.DisposeAsync();
        await _context.DisposeAsync();
        _handler?.Dispose();
        _theirContext.Dispose();
        _keys.ForEach(key => key.Dispose());
        _directory.Dispose();
    }

    private static AuthenticationResult Check(AuthenticationRequest request)
    {
        bool known = request.Mechanism == "PLAIN"
            ? request.Credentials[0].Span.SequenceEqual("joe"u8) && request.Credentials[1].Span.SequenceEqual("a long password"u8)
            : request.Credentials[0].Span.SequenceEqual(Testing.Curve.CurveKeys.TestClient.Public);
        return known && request.Domain == Domain ? AuthenticationResult.Success(UserName) : AuthenticationResult.Denied("unknown");
    }

    private static string[] Check(LibZmqMessage request, string userId)
    {
        bool known = request.Text[5] == "PLAIN"
            ? request.Text[6] == UserName && request.Text[7] == Password
            : request.Frames[6].AsSpan().SequenceEqual(Testing.Curve.CurveKeys.TestClient.Public);
        return LibZmqZapHandler.Reply(request, known && request.Text[2] == Domain ? "200" : "400", userId);
    }

    private ZmtpSecurity OurSecurity(InteropCase @case) => (@case.Mechanism, @case.WeServe) switch
    {
        ("PLAIN", true) => PlainSecurity.Server(),
        ("PLAIN", false) => PlainSecurity.Client(UserName, Password),
        ("CURVE", true) => CurveSecurity.Server(Keys(LibZmqKeys.TestServer)),
        ("CURVE", false) => CurveSecurity.Client(Keys(LibZmqKeys.TestClient), CurvePublicKey.Parse(LibZmqKeys.TestServer.Public)),
        _ => NullSecurity.Instance,
    };

    private void Secure(InteropCase @case)
    {
        _ = (@case.Mechanism, @case.WeServe) switch
        {
            ("PLAIN", true) => Theirs.PlainClient(UserName, Password),
            ("PLAIN", false) => Theirs.PlainServer(Domain),
            ("CURVE", true) => Theirs.CurveClient(LibZmqKeys.TestClient, LibZmqKeys.TestServer.Public),
            ("CURVE", false) => Theirs.CurveServer(LibZmqKeys.TestServer, Domain),
            _ => Theirs,
        };
    }

    private CurveKeyPair Keys(LibZmqKeys keys)
    {
        var pair = keys.ToKeyPair();
        _keys.Add(pair);
        return pair;
    }
}
