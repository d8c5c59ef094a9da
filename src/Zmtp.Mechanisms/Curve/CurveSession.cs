using Zmtp.Mechanisms.Crypto;
using Zmtp.Security;

namespace Zmtp.Mechanisms;

/// <summary>
/// The key that the two transient key pairs share, the cipher and the short nonces of each direction. One thread may seal while another
/// opens.
/// </summary>
internal sealed class CurveSession : ISecret
{
    private readonly MessageCipher _sealing;
    private readonly MessageCipher _opening;

    // Null once the handshake is over: the ciphers have what they need of it.
    private SecretBuffer? _key;

    // The last short nonce sent; 0 when none was.
    private ulong _sent;

    // The lowest short nonce that may come next; null when 2^64-1 has come and nothing can follow.
    private ulong? _expected;

    /// <param name="isServer">Which direction is ours.</param>
    /// <param name="key">The shared key; owned from now on.</param>
    /// <param name="cipher">What seals and opens.</param>
    /// <param name="sent">The last short nonce sent, 0 when none was.</param>
    /// <param name="received">The last short nonce received, null when none was.</param>
    public CurveSession(bool isServer, SecretBuffer key, CurveCipher cipher, ulong sent, ulong? received)
    {
        _key = key;
        _sealing = MessageCipher.Create(cipher, key.Span, isServer ? CurveNonce.ServerMessage : CurveNonce.ClientMessage);
        _opening = MessageCipher.Create(cipher, key.Span, isServer ? CurveNonce.ClientMessage : CurveNonce.ServerMessage);
        _sent = sent;
        _expected = 0;
        if (received is { } nonce) Accept(nonce);
    }

    public bool IsZero => _key is not { IsZero: false } && _sealing.IsZero && _opening.IsZero;

    /// <summary>The shared key; until <see cref="EndHandshake"/>.</summary>
    public ReadOnlySpan<byte> Key => (_key ?? throw new InvalidOperationException("The handshake is over; its key is zeroed.")).Span;

    /// <summary>The last short nonce sent. Tests set it near its end.</summary>
    internal ulong Sent
    {
        get => _sent;
        set => _sent = value;
    }

    /// <summary>Nothing but MESSAGE comes from here on: zeroes the shared key, which only commands of the handshake are sealed with.</summary>
    public void EndHandshake()
    {
        _key?.Dispose();
        _key = null;
    }

    /// <summary>Uses up the next short nonce. They start at 1, as libzmq's do; the RFC does not say.</summary>
    /// <exception cref="ZmtpProtocolException">There is none left.</exception>
    public ulong TakeShortNonce()
    {
        if (_sent == ulong.MaxValue) throw Exhausted();
        return unchecked(++_sent);
    }

    /// <summary>Makes sure that a short nonce is greater than all before it; gaps are allowed.</summary>
    /// <exception cref="ZmtpProtocolException">It is not.</exception>
    public void ThrowIfNotNext(ulong shortNonce)
    {
        if (!(shortNonce >= _expected)) throw OutOfSequence();
    }

    /// <summary>Remembers a short nonce. Only after its box has opened: else anybody could make the true peer's boxes look old.</summary>
    public void Accept(ulong shortNonce) => _expected = shortNonce == ulong.MaxValue ? null : unchecked(shortNonce + 1);

    /// <summary>Seals one frame into the body of a MESSAGE.</summary>
    public void Seal(PayloadFlags flags, ReadOnlySpan<byte> data, Span<byte> body)
    {
        if (body.Length != CurveMessageCommand.Overhead + data.Length)
        {
            throw new ArgumentException($"The body must be {CurveMessageCommand.Overhead} octets longer than the data.", nameof(body));
        }

        CurveMessageCommand.Write(flags, data, _sealing, TakeShortNonce(), body);
    }

    /// <summary>Opens the body of a MESSAGE: the flags octet and the data go to the destination.</summary>
    public PayloadFlags Open(ReadOnlySpan<byte> body, Span<byte> destination)
    {
        var shortNonce = CurveMessageCommand.ReadShortNonce(body);
        ThrowIfNotNext(shortNonce);
        var payload = destination[..(body.Length - CurveMessageCommand.Overhead + CurveMessageCommand.FlagsSize)];
        return Open(body, shortNonce, payload);
    }

    /// <summary>As <see cref="Open(ReadOnlySpan{byte}, Span{byte})"/>; flags octet and data take the place of their ciphertext, at the body's end.</summary>
    public PayloadFlags OpenInPlace(Span<byte> body)
    {
        var shortNonce = CurveMessageCommand.ReadShortNonce(body);
        ThrowIfNotNext(shortNonce);
        return Open(body, shortNonce, body[CurveMessageCommand.PayloadOffset..]);
    }

    public void Dispose()
    {
        _key?.Dispose();
        _sealing.Dispose();
        _opening.Dispose();
    }

    private PayloadFlags Open(ReadOnlySpan<byte> body, ulong shortNonce, Span<byte> payload)
    {
        CurveMessageCommand.Open(body, _opening, shortNonce, payload);
        Accept(shortNonce);
        return CurveMessageCommand.ReadFlags(payload);
    }

    private static ZmtpProtocolException Exhausted() =>
        new(ProtocolError.NonceExhausted, "This connection has used up its 2^64-1 nonces. Make a new connection.");

    private static ZmtpProtocolException OutOfSequence() =>
        new(
            ProtocolError.InvalidSequence,
            "The peer's short nonce is not greater than the one before it: the command was repeated, reordered or forged on the way.");
}
