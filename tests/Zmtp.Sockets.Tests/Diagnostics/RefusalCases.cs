using Microsoft.Extensions.Time.Testing;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Diagnostics;

/// <summary>The causes that two sockets of ours can meet.</summary>
internal static class RefusalCases
{
    private static readonly CurveKeyPair ServerKeys = Searched.NewKeyPair();
    private static readonly CurveKeyPair ClientKeys = Searched.NewKeyPair();
    private static readonly CurveKeyPair OtherKeys = Searched.NewKeyPair();
    private static readonly ZmtpSecurity CurveServer = CurveSecurity.Server(ServerKeys);
    private static readonly ZmtpSecurity CurveClient = CurveSecurity.Client(ClientKeys, ServerKeys.PublicKey);
    private static readonly ZmtpSecurity PlainServer = PlainSecurity.Server();
    private static readonly ZmtpSecurity PlainClient = PlainSecurity.Client("joe", Searched.Password("Wrong-pa55word"));

    public static Dictionary<string, Func<RefusalCase>> All { get; } = Build();

    private static Dictionary<string, Func<RefusalCase>> Build()
    {
        var cases = new Dictionary<string, Func<RefusalCase>>
        {
            ["wrong server key"] = () => new()
            {
                Server = CurveServer,
                Client = CurveSecurity.Client(ClientKeys, OtherKeys.PublicKey),
                ServerSays = ["HELLO", "server's public key"],
                ClientSays = ["HELLO", "server's public key", OtherKeys.PublicKey.ToFingerprint(), "Compare"],
            },
            ["client key not in the store"] = () => new()
            {
                Server = CurveServer,
                Client = CurveClient,
                Domain = "stock",
                Authenticator = Policy(policy => policy.ConfigureCurve("*", new MemoryCertificateStore())),
                ServerSays = ["400", ClientKeys.PublicKey.ToString(), "certificate store", "\"stock\"", "Check"],
                ClientSays = ["400", "refused", "knows this client's key"],
            },
            ["no policy for the mechanism in this domain"] = () => new()
            {
                Server = CurveServer,
                Client = CurveClient,
                Domain = "stock",
                Authenticator = Policy(policy => policy.ConfigureCurve("other", CurveClients.AllowAny)),
                ServerSays = ["400", "ConfigureCurve", "\"stock\""],
                ClientSays = ["400", "refused"],
            },
            ["address denied"] = () => new()
            {
                Server = NullSecurity.Instance,
                Client = NullSecurity.Instance,
                Domain = "stock",
                Authenticator = Policy(policy => policy.Deny("127.0.0.0/8")),
                ServerSays = ["400", "127.0.0.0/8", "Check the address lists"],
                ClientSays = ["400", "refused"],
            },
            ["wrong password"] = () => Password("joe"),
            ["unknown user"] = () => Password("ann"),
            ["both as CURVE server"] = () => BothServers("CURVE", CurveServer),
            ["both as PLAIN server"] = () => BothServers("PLAIN", PlainServer),
            ["both as CURVE client"] = () => BothClients(CurveClient),
            ["both as PLAIN client"] = () => BothClients(PlainClient),
            ["the store throws"] = () => new()
            {
                Server = CurveServer,
                Client = CurveClient,
                Authenticator = Policy(policy => policy.ConfigureCurve("*", new BrokenStore())),
                ServerSays = ["500", "The disk is on fire", "Check"],
                ClientSays = ["500", "log of the server"],
            },
            ["the authenticator throws"] = () => new()
            {
                Server = PlainServer,
                Client = PlainClient,
                Authenticator = new FunctionAuthenticator(static _ => throw new IOException("The disk is on fire.")),
                ServerSays = ["authenticator failed", "The disk is on fire", "PLAIN"],
                ClientSays = ["without giving a reason", "server's log"],
            },
            ["the authenticator cannot decide now"] = () => new()
            {
                Server = CurveServer,
                Client = CurveClient,
                Authenticator = new FixedVerdict(AuthenticationResult.TemporaryError("The directory server is away")),
                ServerSays = ["300", "The directory server is away"],
                ClientSays = ["server's key is right", "300", "socket types"],
            },
            ["the authenticator is too slow"] = TooSlow,
        };
        AddMechanismPairs(cases);
        AddNobodyToAsk(cases);
        AddSocketTypes(cases);
        return cases;
    }

    private static RefusalCase TooSlow()
    {
        var time = new FakeTimeProvider();
        var handshakeTimeout = TimeSpan.FromMilliseconds(300);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return new()
        {
            Server = PlainServer,
            Client = PlainClient,
            HandshakeTimeout = handshakeTimeout,
            Time = time,
            Authenticator = new FunctionAuthenticator(_ =>
            {
                asked.TrySetResult();
                return new TaskCompletionSource<AuthenticationResult>().Task;
            }),
            Meanwhile = async () =>
            {
                await asked.Task.WithinAsync();
                time.Advance(handshakeTimeout);
            },
            ServerSays = ["authenticator did not decide", "0.3 s"],
            ClientSays = ["without giving a reason", "300"],
        };
    }

    private static void AddMechanismPairs(Dictionary<string, Func<RefusalCase>> cases)
    {
        string[] mechanisms = ["NULL", "PLAIN", "CURVE"];
        foreach (var server in mechanisms)
        {
            foreach (var client in mechanisms.Where(client => client != server))
            {
                cases[$"server speaks {server}, client speaks {client}"] = () => new()
                {
                    Server = Server(server),
                    Client = Client(client),
                    ServerSays = [$"We are configured for {server}", $"the peer announces \"{client}\"", "Check the security settings"],
                    ClientSays = [$"We are configured for {client}", $"the peer announces \"{server}\"", "Check the security settings"],
                };
            }
        }
    }

    private static void AddNobodyToAsk(Dictionary<string, Func<RefusalCase>> cases)
    {
        cases["no authenticator, NULL with a domain"] = () => NobodyToAsk("NULL", ["ZAP domain", "authenticator"]);
        cases["no authenticator, PLAIN"] = () => NobodyToAsk("PLAIN", ["No authenticator", "server"]);
        cases["no authenticator, CURVE"] = () => NobodyToAsk("CURVE", ["server's key is right", "no authenticator", "socket types"]);
    }

    private static void AddSocketTypes(Dictionary<string, Func<RefusalCase>> cases)
    {
        foreach (var mechanism in (string[])["NULL", "PLAIN", "CURVE"])
        {
            cases[$"socket types do not match, {mechanism}"] = () => new()
            {
                ServerType = SocketType.Rep,
                ClientType = SocketType.Push,
                Server = Server(mechanism),
                Client = Client(mechanism),
                Authenticator = mechanism == "NULL" ? null : FixedVerdict.Success,
                ServerSays = ["REP socket does not talk to the peer's PUSH", "Check the endpoint"],
                ClientSays = ["our type, PUSH.", "socket types at both ends"],
            };
        }
    }

    private static RefusalCase Password(string user) => new()
    {
        Server = PlainServer,
        Client = PlainSecurity.Client(user, "Wrong-pa55word"),
        Authenticator = Policy(policy => policy.ConfigurePlain("*", new OnePassword("joe"))),
        ServerSays = ["400", $"\"{user}\"", "Check the address lists", "name and the password"],
        ClientSays = ["400", "Check the user name and password"],
    };

    private static RefusalCase BothServers(string mechanism, ZmtpSecurity security) => new()
    {
        Server = security,
        Client = security,
        ServerSays = [$"Both ends are configured as the {mechanism} server"],
        ClientSays = [$"Both ends are configured as the {mechanism} server"],
    };

    private static RefusalCase BothClients(ZmtpSecurity security) => new()
    {
        Server = security,
        Client = security,
        // Who looks first sees the other's HELLO; the other one, which may have had no time to send its own, sees a hang-up.
        ServerSays = ["configured as", "client"],
        ClientSays = ["configured as", "client"],
    };

    private static RefusalCase NobodyToAsk(string mechanism, string[] clientSays) => new()
    {
        Server = Server(mechanism),
        Client = Client(mechanism),
        Domain = "stock",
        ServerSays = ["No authenticator is running", mechanism, "inproc://zeromq.zap.01", "\"stock\""],
        ClientSays = clientSays,
    };

    private static ZmtpSecurity Server(string mechanism) => mechanism switch
    {
        "PLAIN" => PlainServer,
        "CURVE" => CurveServer,
        _ => NullSecurity.Instance,
    };

    private static ZmtpSecurity Client(string mechanism) => mechanism switch
    {
        "PLAIN" => PlainClient,
        "CURVE" => CurveClient,
        _ => NullSecurity.Instance,
    };

    private static Authenticator Policy(Action<Authenticator> configure)
    {
        var policy = new Authenticator(Searched.Log);
        configure(policy);
        return policy;
    }

    private sealed class BrokenStore : ICertificateStore
    {
        public ValueTask<CertificateRecord?> FindAsync(CurvePublicKey publicKey, CancellationToken cancellationToken) =>
            throw new IOException("The disk is on fire.");
    }

    private sealed class OnePassword(string user) : IPasswordStore
    {
        public ValueTask<bool> VerifyAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken) =>
            new(userName == user && password.Span.SequenceEqual("Right-pa55word"u8));
    }
}
