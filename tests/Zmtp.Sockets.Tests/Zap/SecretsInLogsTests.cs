using System.Text;
using Xunit;
using Zmtp.Mechanisms;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Curve;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Zap;

/// <summary>Whatever succeeds or fails, no password and no secret key gets into a log, an event or an error.</summary>
public sealed class SecretsInLogsTests : IDisposable
{
    private const string Right = "Right-pa55word-of-joe";
    private const string Wrong = "Wrong-pa55word-of-joe";

    private readonly LogKeeper _log = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zmtp-log");

    static SecretsInLogsTests()
    {
        Searched.Password(Right);
        Searched.Password(Wrong);
    }

    public void Dispose()
    {
        _directory.Delete(recursive: true);
        _log.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("ZAP-52")]
    public async Task LOG_EveryOutcomeAtEveryLevel_HoldsNoPasswordAndNoSecretKey(bool overZap)
    {
        var passwords = Path.Combine(_directory.FullName, "passwords");
        await File.WriteAllBytesAsync(
            passwords, [.. Encoding.ASCII.GetBytes($"joe={Right}\n{Right}\n={Right}\n"), 0xFF, .. Encoding.ASCII.GetBytes($"={Right}\n")]);
        using var authenticator = new Authenticator(_log) { Verbose = true };
        authenticator.Allow("127.0.0.1");
        authenticator.ConfigurePlain("*", passwords);
        authenticator.ConfigureCurve("*", CurveClients.AllowAny);
        authenticator.ConfigureCurve("closed", Directory.CreateDirectory(Path.Combine(_directory.FullName, "nobody")).FullName);
        await using var context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = _log });
        await using var handler = overZap ? await context.ServeZapAsync(authenticator) : null;
        if (!overZap) context.Use(authenticator);

        await TryAsync(context, TestServers.Asking("PLAIN"), PlainSecurity.Client("joe", Right), isLetIn: true);
        await TryAsync(context, TestServers.Asking("PLAIN"), PlainSecurity.Client("joe", Wrong), isLetIn: false);
        await TryAsync(context, TestServers.Asking("PLAIN"), PlainSecurity.Client("nobody", Wrong + "\r\n"), isLetIn: false);
        await TryAsync(context, TestServers.Asking("CURVE"), TestSecurity.Client("CURVE"), isLetIn: true);
        await TryAsync(context, TestServers.Asking("CURVE") with { ZapDomain = "closed" }, TestSecurity.Client("CURVE"), isLetIn: false);
        await SendAMalformedHelloAsync(context);

        var all = _log.All;
        Assert.Contains("200, let in as \"joe\"", all, StringComparison.Ordinal);
        Assert.Contains("400, refused", all, StringComparison.Ordinal);
        Assert.All(
            Spellings(Encoding.ASCII.GetBytes(Wrong)).Concat(Spellings(Encoding.ASCII.GetBytes("pa55word"))).Append(Right)
                .Concat(Spellings(CurveKeys.TestServer.Secret)).Concat(Spellings(CurveKeys.TestClient.Secret))
                .Append(CurveKeys.TestServerSecretZ85).Append(CurveKeys.TestClientSecretZ85),
            secret => Assert.DoesNotContain(secret, all, StringComparison.OrdinalIgnoreCase));
    }

    private static IEnumerable<string> Spellings(byte[] secret) =>
    [
        Encoding.Latin1.GetString(secret), Convert.ToHexString(secret), Octets.ToHex(secret), BitConverter.ToString(secret),
        Convert.ToBase64String(secret).TrimEnd('='), string.Join(", ", secret),
    ];

    private async Task TryAsync(ZmtpContext context, SocketOptions serverOptions, Zmtp.Security.ZmtpSecurity clientSecurity, bool isLetIn)
    {
        await using var server = new PullSocket(context, serverOptions);
        await using var client = new PushSocket(context, Sut.Quick with { Security = clientSecurity });
        server.Event += (_, happened) => _log.Add($"{happened} {happened.Error} {happened.Peer}");
        client.Event += (_, happened) => _log.Add($"{happened} {happened.Error} {happened.Peer}");
        _log.Add($"{serverOptions} {client.Options} {clientSecurity}");
        var events = new EventLog(server);
        client.Connect(await server.BindAsync("tcp://127.0.0.1:*"));
        if (isLetIn)
        {
            await client.SendAsync("hello").WithinAsync();
            Assert.Equal("hello", await server.NextAsync());
        }
        else
        {
            _log.Add($"{await Assert.ThrowsAnyAsync<ZmtpException>(() => client.WaitForPeerAsync(TestTimeout.Default))}");
            await events.NextAsync(SocketEventKind.HandshakeFailed);
        }
    }

    private async Task SendAMalformedHelloAsync(ZmtpContext context)
    {
        await using var server = new PullSocket(context, TestServers.Asking("PLAIN"));
        server.Event += (_, happened) => _log.Add($"{happened} {happened.Error}");
        var events = new EventLog(server);
        await using var raw = await RawPeer.ConnectAsync(await server.BindAsync("tcp://127.0.0.1:*"));
        await raw.ExchangeGreetingsAsync(Octets.Greeting31("PLAIN"));
        await raw.SendAsync(Octets.Command("HELLO", [3], Octets.Text("joe"), [255], Octets.Text(Wrong)));
        await raw.ExpectCloseAsync();
        await events.NextAsync(SocketEventKind.HandshakeFailed);
    }
}
