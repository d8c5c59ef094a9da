using Xunit;
using Zmtp.Testing.Peers;

namespace Zmtp.Testing.Curve;

/// <summary>
/// A scripted peer under CURVE, client or server: the handshake in one call, then messages and commands inside MESSAGE.
/// Tests that spoil a step take <see cref="Peer"/> and the script and go step by step.
/// </summary>
public sealed class RawCurvePeer : IAsyncDisposable
{
    private readonly CurveClientScript? _client;
    private readonly CurveServerScript? _server;

    private RawCurvePeer(RawPeer peer, CurveClientScript? client, CurveServerScript? server)
    {
        Peer = peer;
        _client = client;
        _server = server;
    }

    /// <summary>The connection below.</summary>
    public RawPeer Peer { get; }

    /// <summary>The script of a client; fails on a server.</summary>
    public CurveClientScript Client => _client ?? throw new InvalidOperationException("This peer is a server.");

    /// <summary>The script of a server; fails on a client.</summary>
    public CurveServerScript Server => _server ?? throw new InvalidOperationException("This peer is a client.");

    /// <summary>The other end's metadata, as it came out of its box.</summary>
    public byte[] PeerMetadata { get; private set; } = [];

    /// <summary>Plays the client over a connection, to the end of the handshake.</summary>
    public static async Task<RawCurvePeer> HandshakeAsClientAsync(
        RawPeer peer, CurveKeys keys, byte[] serverKey, string socketType, string? identity = null, byte minor = 1)
    {
        var raw = AsClient(peer, keys, serverKey);
        await raw.SendGreetingAsync(minor);
        await peer.SendAsync(Octets.WithHeader(0x04, raw.Client.Hello()));
        raw.Client.OpenWelcome((await peer.ReadCommandAsync("WELCOME")).Body);
        await peer.SendAsync(Octets.WithHeader(0x04, raw.Client.Initiate(Octets.Metadata(socketType, identity))));
        raw.PeerMetadata = raw.Client.OpenReady((await peer.ReadCommandAsync("READY")).Body);
        return raw;
    }

    /// <summary>Plays the server over a connection, to the end of the handshake; any client is welcome.</summary>
    public static async Task<RawCurvePeer> HandshakeAsServerAsync(
        RawPeer peer, CurveKeys keys, string socketType, string? identity = null, byte minor = 1)
    {
        var raw = AsServer(peer, keys);
        await raw.SendGreetingAsync(minor);
        raw.Server.OpenHello((await peer.ReadCommandAsync("HELLO")).Body);
        await peer.SendAsync(Octets.WithHeader(0x04, raw.Server.Welcome()));
        raw.PeerMetadata = raw.Server.OpenInitiate((await peer.ReadCommandAsync("INITIATE")).Body);
        await peer.SendAsync(Octets.WithHeader(0x04, raw.Server.Ready(Octets.Metadata(socketType, identity))));
        return raw;
    }

    /// <summary>A client that has sent nothing yet.</summary>
    public static RawCurvePeer AsClient(RawPeer peer, CurveKeys keys, byte[] serverKey) =>
        new(peer, new CurveClientScript(keys, serverKey), null);

    /// <summary>A server that has sent nothing yet.</summary>
    public static RawCurvePeer AsServer(RawPeer peer, CurveKeys keys) => new(peer, null, new CurveServerScript(keys));

    /// <summary>Exchanges greetings: CURVE, as-server by the role.</summary>
    public async Task<byte[]> SendGreetingAsync(byte minor = 1)
    {
        byte[] greeting = Octets.Greeting31("CURVE", _server is not null);
        greeting[11] = minor;
        return await Peer.ExchangeGreetingsAsync(greeting);
    }

    /// <summary>The body of the next MESSAGE, spoiled if asked.</summary>
    public byte[] Message(byte flags, byte[] payload, Action<CurveMessage>? spoil = null) =>
        _client?.Message(flags, payload, spoil) ?? Server.Message(flags, payload, spoil);

    /// <summary>Sends one message: all frames but the last with MORE inside.</summary>
    public async Task SendMessageAsync(params string[] frames)
    {
        for (int i = 0; i < frames.Length; i++)
        {
            byte flags = (byte)(i < frames.Length - 1 ? 0x01 : 0x00);
            await Peer.SendAsync(Octets.WithHeader(0x00, Message(flags, Octets.Text(frames[i]))));
        }
    }

    /// <summary>Sends a command inside MESSAGE: inner bit 1 set.</summary>
    public Task SendCommandAsync(byte[] body) => Peer.SendAsync(Octets.WithHeader(0x00, Message(0x02, body)));

    /// <summary>Reads one MESSAGE and opens it.</summary>
    public async Task<(byte Flags, byte[] Payload)> ReceiveAsync()
    {
        var frame = await Peer.ReadFrameAsync();
        Assert.True(frame.CommandName == "MESSAGE", $"Expected MESSAGE, received: {frame}");
        return _client?.OpenMessage(frame.Body) ?? Server.OpenMessage(frame.Body);
    }

    /// <summary>Reads the frames of one message; commands fail.</summary>
    public async Task<IReadOnlyList<byte[]>> ReceiveMessageAsync()
    {
        List<byte[]> frames = [];
        byte flags;
        do
        {
            (flags, byte[] payload) = await ReceiveAsync();
            Assert.True(flags is 0x00 or 0x01, $"Expected a message, received inner flags {flags:X2}: {Octets.ToHex(payload)}");
            frames.Add(payload);
        }
        while (flags == 0x01);
        return frames;
    }

    /// <summary>OPEN: an encrypted PING is answered by its PONG.</summary>
    public async Task ExpectOpenAsync()
    {
        await SendCommandAsync(Octets.CommandBody("PING", [0, 0], Octets.Text("LOL")));
        (byte flags, byte[] payload) = await ReceiveAsync();
        Assert.Equal(0x02, flags);
        Assert.Equal(Octets.ToHex(Octets.CommandBody("PONG", Octets.Text("LOL"))), Octets.ToHex(payload));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Peer.DisposeAsync();
}
