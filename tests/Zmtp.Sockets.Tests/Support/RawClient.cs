using Xunit;
using Zmtp.Testing.Curve;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>
/// A scripted client under any of the three mechanisms, in two steps: up to where the server asks, and from there to traffic.
/// </summary>
internal sealed class RawClient
{
    private readonly RawPeer _raw;
    private readonly string _mechanism;
    private readonly string _socketType;
    private readonly string? _identity;
    private readonly CurveClientScript _curve;

    private RawClient(RawPeer raw, string mechanism, string socketType, string? identity)
    {
        _raw = raw;
        _mechanism = mechanism;
        _socketType = socketType;
        _identity = identity;
        _curve = new CurveClientScript(CurveKeys.TestClient, CurveKeys.TestServer.Public);
    }

    /// <summary>
    /// Greets and sends all that a server needs to ask its authenticator: user admin with password secret, the test client's key.
    /// </summary>
    public static async Task<RawClient> KnockAsync(RawPeer raw, string mechanism, string socketType = "PUSH", string? identity = null)
    {
        var client = new RawClient(raw, mechanism, socketType, identity);
        await client.KnockAsync([]);
        return client;
    }

    /// <summary>
    /// As <see cref="KnockAsync(RawPeer, string, string, string?)"/>, and in the same segments what a client would send that does not
    /// wait for the verdict: the rest of the handshake where it can be known, and a message.
    /// </summary>
    public static async Task<RawClient> PressAsync(RawPeer raw, string mechanism)
    {
        var client = new RawClient(raw, mechanism, "PUSH", null);
        await client.KnockAsync(mechanism switch
        {
            "NULL" => Octets.Hex(Octets.Hello),
            "PLAIN" => Octets.Join(Octets.Command("INITIATE", Octets.Metadata("PUSH")), Octets.Hex(Octets.Hello)),
            _ => null,
        });
        return client;
    }

    /// <summary>The server lets us in: the handshake ends in READY.</summary>
    public async Task ExpectLetInAsync()
    {
        if (_mechanism == "PLAIN")
        {
            await _raw.ExpectAsync(Octets.PlainWelcome);
            await _raw.SendAsync(Octets.Command("INITIATE", Octets.Metadata(_socketType, _identity)));
        }

        var ready = await _raw.ReadCommandAsync("READY");
        if (_mechanism == "CURVE") _curve.OpenReady(ready.Body);
    }

    /// <summary>The server shuts us out: these octets, then FIN.</summary>
    public async Task ExpectShutOutAsync(string hex) =>
        Assert.Equal(hex, Octets.ToHex(await _raw.ReadToCloseAsync()));

    /// <summary>Sends a message of one frame.</summary>
    public Task SendAsync(string text) => _raw.SendAsync(Encode(text));

    /// <summary>Sends messages of one frame each in one piece: who has got the first of them has got them all.</summary>
    public Task SendTogetherAsync(params string[] texts) => _raw.SendAsync([.. texts.Select(Encode)]);

    private byte[] Encode(string text) =>
        _mechanism == "CURVE" ? Octets.WithHeader(0x00, _curve.Message(0x00, Octets.Text(text))) : Octets.Frame(text);

    /// <param name="more">What follows in the same segments; null for a MESSAGE under CURVE.</param>
    private async Task KnockAsync(byte[]? more)
    {
        var greeting = Octets.Greeting31(_mechanism);
        switch (_mechanism)
        {
            case "NULL":
                await _raw.SendAsync(greeting, Octets.Ready(_socketType, _identity), more!);
                await _raw.ReadAsync(64);
                break;
            case "PLAIN":
                await _raw.SendAsync(greeting, Octets.Hex(Octets.PlainHello), more!);
                await _raw.ReadAsync(64);
                break;
            default:
                await _raw.ExchangeGreetingsAsync(greeting);
                await _raw.SendAsync(Octets.WithHeader(0x04, _curve.Hello()));
                _curve.OpenWelcome((await _raw.ReadCommandAsync("WELCOME")).Body);
                var initiate = Octets.WithHeader(0x04, _curve.Initiate(Octets.Metadata(_socketType, _identity)));
                await _raw.SendAsync(initiate, more ?? Octets.WithHeader(0x00, _curve.Message(0x00, Octets.Text("hello"))));
                break;
        }
    }
}
