using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing.Searching;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>Joins two sockets over a transport, and makes the options that go together.</summary>
internal static class Join
{
    private static readonly CurveKeyPair ServerKeys = Searched.NewKeyPair();
    private static readonly CurveKeyPair ClientKeys = Searched.NewKeyPair();

    /// <summary>An endpoint nobody else uses.</summary>
    public static string Fresh(string transport) => transport switch
    {
        "tcp" => "tcp://127.0.0.1:*",
        "ipc" => "ipc://" + Path.Combine(Path.GetTempPath(), $"zmtp-{Guid.NewGuid():N}"),
        _ => $"inproc://{Guid.NewGuid():N}",
    };

    /// <summary>The options of the two roles of a mechanism. PLAIN needs a context that <see cref="NewContext"/> made.</summary>
    public static (SocketOptions Server, SocketOptions Client) Roles(string mechanism, SocketOptions? options = null)
    {
        options ??= SocketOptions.Default;
        return mechanism switch
        {
            "PLAIN" => (options with { Security = PlainSecurity.Server() }, options with { Security = PlainSecurity.Client("admin", "secret") }),
            "CURVE" => (
                options with { Security = CurveSecurity.Server(ServerKeys, CurveClients.AllowAny) },
                options with { Security = CurveSecurity.Client(ClientKeys, ServerKeys.PublicKey) }),
            _ => (options, options),
        };
    }

    /// <summary>A context whose authenticator knows "admin".</summary>
    public static ZmtpContext NewContext(ZmtpContextOptions? options = null)
    {
        var context = Searched.NewContext(options);
        context.Use(new KnowsAdmin());
        return context;
    }

    /// <summary>Binds one, connects the other, and waits until each has the other for a peer.</summary>
    public static async Task<string> ToAsync(ZmtpSocket bound, ZmtpSocket connecting, string transport = "tcp")
    {
        var endpoint = await bound.BindAsync(Fresh(transport), TestTimeout.Token);
        connecting.Connect(endpoint);
        await bound.WaitForPeerAsync(TestTimeout.Default);
        await connecting.WaitForPeerAsync(TestTimeout.Default);
        return endpoint;
    }

    private sealed class KnowsAdmin : IAuthenticator
    {
        public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken) =>
            new(AuthenticationResult.Success("admin"));
    }
}
