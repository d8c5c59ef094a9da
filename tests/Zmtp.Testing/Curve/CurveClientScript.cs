using System.Buffers.Binary;
using Xunit;

namespace Zmtp.Testing.Curve;

/// <summary>
/// The client's half of a CURVE connection, command by command. Each command may be spoiled in one field before it is boxed.
/// Short nonces count from 1, as libzmq counts.
/// </summary>
/// <param name="keys">C and c.</param>
/// <param name="serverKey">S.</param>
public sealed class CurveClientScript(CurveKeys keys, byte[] serverKey)
{
    /// <summary>C and c.</summary>
    public CurveKeys Keys { get; } = keys;

    /// <summary>S.</summary>
    public byte[] ServerKey { get; } = serverKey;

    /// <summary>C' and c'.</summary>
    public CurveKeys Transient { get; set; } = CurveKeys.Generate();

    /// <summary>The short nonce of the next command.</summary>
    public ulong NextNonce { get; set; } = 1;

    /// <summary>S', once the WELCOME has been opened.</summary>
    public byte[] ServerTransientKey { get; set; } = new byte[32];

    /// <summary>The cookie, once the WELCOME has been opened.</summary>
    public byte[] Cookie { get; set; } = new byte[96];

    /// <summary>The short nonce of the server's last command.</summary>
    public ulong LastServerNonce { get; private set; }

    /// <summary>The body of HELLO.</summary>
    public byte[] Hello(Action<CurveHello>? spoil = null)
    {
        var hello = new CurveHello
        {
            ClientTransientKey = Transient.Public,
            ClientTransientSecret = Transient.Secret,
            Nonce = TakeNonce(),
            ServerKey = ServerKey,
        };
        spoil?.Invoke(hello);
        return hello.Build();
    }

    /// <summary>Opens the body of WELCOME and keeps S' and the cookie.</summary>
    public void OpenWelcome(byte[] body)
    {
        Assert.Equal(8 + 16 + 144, body.Length);
        byte[]? content = Sodium.OpenBox(body[24..], CurveNonce.Of("WELCOME-", body[8..24]), ServerKey, Transient.Secret);
        Assert.True(content is not null, "The box of the WELCOME does not open.");
        ServerTransientKey = content[..32];
        Cookie = content[32..];
    }

    /// <summary>The body of INITIATE.</summary>
    public byte[] Initiate(byte[] metadata, Action<CurveInitiate>? spoil = null)
    {
        var initiate = new CurveInitiate
        {
            Cookie = Cookie,
            Nonce = TakeNonce(),
            ClientKey = Keys.Public,
            ClientSecret = Keys.Secret,
            VouchedTransientKey = Transient.Public,
            VouchedServerKey = ServerKey,
            Metadata = metadata,
            ServerTransientKey = ServerTransientKey,
            ClientTransientSecret = Transient.Secret,
        };
        spoil?.Invoke(initiate);
        return initiate.Build();
    }

    /// <summary>Opens the body of READY and returns the server's metadata.</summary>
    public byte[] OpenReady(byte[] body)
    {
        Assert.True(body.Length >= 30, "READY has at least 30 octets.");
        LastServerNonce = BinaryPrimitives.ReadUInt64BigEndian(body.AsSpan(6));
        byte[]? metadata = Sodium.OpenBox(
            body[14..], CurveNonce.Of("CurveZMQREADY---", LastServerNonce), ServerTransientKey, Transient.Secret);
        Assert.True(metadata is not null, "The box of the READY does not open.");
        return metadata;
    }

    /// <summary>The body of MESSAGE.</summary>
    public byte[] Message(byte flags, byte[] payload, Action<CurveMessage>? spoil = null)
    {
        var message = new CurveMessage
        {
            Nonce = TakeNonce(),
            NoncePrefix = CurveMessage.ClientPrefix,
            Flags = flags,
            Payload = payload,
            ToTransientKey = ServerTransientKey,
            FromTransientSecret = Transient.Secret,
        };
        spoil?.Invoke(message);
        return message.Build();
    }

    /// <summary>Opens the body of the server's MESSAGE.</summary>
    public (byte Flags, byte[] Payload) OpenMessage(byte[] body)
    {
        Assert.True(body.Length >= 33, "MESSAGE has at least 33 octets.");
        LastServerNonce = BinaryPrimitives.ReadUInt64BigEndian(body.AsSpan(8));
        byte[]? content = Sodium.OpenBox(
            body[16..], CurveNonce.Of(CurveMessage.ServerPrefix, LastServerNonce), ServerTransientKey, Transient.Secret);
        Assert.True(content is not null, "The box of the MESSAGE does not open.");
        return (content[0], content[1..]);
    }

    private ulong TakeNonce() => unchecked(NextNonce++);
}
