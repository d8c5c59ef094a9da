using System.Buffers.Binary;
using Xunit;
using Zmtp.Testing.Peers;

namespace Zmtp.Testing.Curve;

/// <summary>
/// The server's half of a CURVE connection, command by command. Each command may be spoiled in one field before it is boxed.
/// Short nonces count from 1, as libzmq counts.
/// </summary>
/// <param name="keys">S and s.</param>
public sealed class CurveServerScript(CurveKeys keys)
{
    /// <summary>S and s.</summary>
    public CurveKeys Keys { get; } = keys;

    /// <summary>S' and s'.</summary>
    public CurveKeys Transient { get; set; } = CurveKeys.Generate();

    /// <summary>K.</summary>
    public byte[] CookieKey { get; set; } = Sodium.Random(32);

    /// <summary>The short nonce of the next command.</summary>
    public ulong NextNonce { get; set; } = 1;

    /// <summary>C', once the HELLO has been opened.</summary>
    public byte[] ClientTransientKey { get; set; } = new byte[32];

    /// <summary>C, once the INITIATE has been opened.</summary>
    public byte[] ClientKey { get; private set; } = new byte[32];

    /// <summary>The long nonce of the client's vouch, once the INITIATE has been opened.</summary>
    public byte[] VouchNonce { get; private set; } = [];

    /// <summary>The short nonce of the client's last command.</summary>
    public ulong LastClientNonce { get; private set; }

    /// <summary>Checks and opens the body of HELLO and keeps C'.</summary>
    public void OpenHello(byte[] body)
    {
        Assert.Equal(200, body.Length);
        Assert.Equal("05 48 45 4C 4C 4F 01 00", Octets.ToHex(body.AsSpan(0, 8)));
        Assert.All(body[8..80], octet => Assert.Equal(0, octet));
        ClientTransientKey = body[80..112];
        LastClientNonce = BinaryPrimitives.ReadUInt64BigEndian(body.AsSpan(112));
        byte[]? signature = Sodium.OpenBox(
            body[120..], CurveNonce.Of("CurveZMQHELLO---", LastClientNonce), ClientTransientKey, Keys.Secret);
        Assert.True(signature is not null, "The box of the HELLO does not open.");
        Assert.Equal(new byte[64], signature);
    }

    /// <summary>The body of WELCOME.</summary>
    public byte[] Welcome(Action<CurveWelcome>? spoil = null)
    {
        var welcome = new CurveWelcome
        {
            ServerTransientKey = Transient.Public,
            Cookie = Cookie(),
            ClientTransientKey = ClientTransientKey,
            ServerSecret = Keys.Secret,
        };
        spoil?.Invoke(welcome);
        return welcome.Build();
    }

    /// <summary>Checks and opens the body of INITIATE, keeps C and returns the client's metadata.</summary>
    public byte[] OpenInitiate(byte[] body)
    {
        Assert.True(body.Length >= 257, "INITIATE has at least 257 octets.");
        Assert.Equal("08 49 4E 49 54 49 41 54 45", Octets.ToHex(body.AsSpan(0, 9)));
        byte[]? cookie = Sodium.OpenSecretBox(body[25..105], CurveNonce.Of("COOKIE--", body[9..25]), CookieKey);
        Assert.True(cookie is not null, "The cookie does not open.");
        Assert.Equal(Octets.Join(ClientTransientKey, Transient.Secret), cookie);
        LastClientNonce = BinaryPrimitives.ReadUInt64BigEndian(body.AsSpan(105));
        byte[]? content = Sodium.OpenBox(
            body[113..], CurveNonce.Of("CurveZMQINITIATE", LastClientNonce), ClientTransientKey, Transient.Secret);
        Assert.True(content is not null, "The box of the INITIATE does not open.");
        ClientKey = content[..32];
        VouchNonce = content[32..48];
        byte[]? vouch = Sodium.OpenBox(content[48..128], CurveNonce.Of("VOUCH---", VouchNonce), ClientKey, Transient.Secret);
        Assert.True(vouch is not null, "The vouch does not open.");
        Assert.Equal(Octets.Join(ClientTransientKey, Keys.Public), vouch);
        return content[128..];
    }

    /// <summary>The body of READY.</summary>
    public byte[] Ready(byte[] metadata, Action<CurveReady>? spoil = null)
    {
        var ready = new CurveReady
        {
            Nonce = TakeNonce(),
            Metadata = metadata,
            ClientTransientKey = ClientTransientKey,
            ServerTransientSecret = Transient.Secret,
        };
        spoil?.Invoke(ready);
        return ready.Build();
    }

    /// <summary>The body of MESSAGE.</summary>
    public byte[] Message(byte flags, byte[] payload, Action<CurveMessage>? spoil = null)
    {
        var message = new CurveMessage
        {
            Nonce = TakeNonce(),
            NoncePrefix = CurveMessage.ServerPrefix,
            Flags = flags,
            Payload = payload,
            ToTransientKey = ClientTransientKey,
            FromTransientSecret = Transient.Secret,
        };
        spoil?.Invoke(message);
        return message.Build();
    }

    /// <summary>Opens the body of the client's MESSAGE.</summary>
    public (byte Flags, byte[] Payload) OpenMessage(byte[] body)
    {
        Assert.True(body.Length >= 33, "MESSAGE has at least 33 octets.");
        LastClientNonce = BinaryPrimitives.ReadUInt64BigEndian(body.AsSpan(8));
        byte[]? content = Sodium.OpenBox(
            body[16..], CurveNonce.Of(CurveMessage.ClientPrefix, LastClientNonce), ClientTransientKey, Transient.Secret);
        Assert.True(content is not null, "The box of the MESSAGE does not open.");
        return (content[0], content[1..]);
    }

    private byte[] Cookie()
    {
        byte[] nonce = Sodium.Random(16);
        return Octets.Join(
            nonce,
            Sodium.SecretBox(Octets.Join(ClientTransientKey, Transient.Secret), CurveNonce.Of("COOKIE--", nonce), CookieKey));
    }

    private ulong TakeNonce() => unchecked(NextNonce++);
}
