using System.Security.Cryptography;
using Zmtp.Mechanisms.Crypto;
using Zmtp.Security;

namespace Zmtp.Mechanisms;

/// <summary>
/// CURVE (RFC 25, RFC 26): every connection is encrypted with keys of its own, the server is authenticated by its permanent key, the
/// client by its key and the authenticator. Immutable, but for <see cref="CurveServerKeys"/>; safe on any thread.
/// </summary>
/// <remarks>
/// Who is client and who is server is independent of who binds and who connects. The key pair stays the caller's: dispose of it after
/// the last socket that uses it (see <see cref="CurveKeyPair"/>).
/// </remarks>
public sealed class CurveSecurity : ZmtpSecurity
{
    // A client has keys and the server's key, a server has its own keys.
    private readonly CurveKeyPair? _clientKeys;
    private readonly CurvePublicKey? _serverKey;
    private readonly CurveServerKeys? _serverKeys;
    private readonly CurveClients _clients;
    private readonly IRandomSource _random;
    private readonly CurveCipher _cipher;

    /// <summary>The client's end over a chosen source of randomness.</summary>
    internal CurveSecurity(CurveKeyPair keys, CurvePublicKey serverKey, IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(serverKey);
        _clientKeys = keys;
        _serverKey = serverKey;
        _random = random;
        ThrowIfDisposed();
        if (CryptographicOperations.FixedTimeEquals(keys.SecretKey.AsSpan(), serverKey.AsSpan()))
        {
            throw new ArgumentException("This is the client's own secret key. Give the server's public key.", nameof(serverKey));
        }
    }

    /// <summary>The server's end over a chosen source of randomness.</summary>
    internal CurveSecurity(CurveKeyPair keys, CurveClients clients, IRandomSource random)
        : this(CurveServerKeys.Fixed(keys), clients, random)
    {
    }

    /// <summary>The server's end over a chosen source of randomness.</summary>
    internal CurveSecurity(CurveServerKeys keys, CurveClients clients, IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (clients is not (CurveClients.AskAuthenticator or CurveClients.AllowAny))
        {
            throw new ArgumentOutOfRangeException(nameof(clients), clients, "Choose AskAuthenticator or AllowAny.");
        }

        _serverKeys = keys;
        _clients = clients;
        _random = random;
        ThrowIfDisposed();
    }

    /// <summary>The client's end.</summary>
    /// <param name="keys">The client's permanent key pair; referred to, not copied.</param>
    /// <param name="serverKey">The server's permanent public key. Only the server that owns it can complete the handshake.</param>
    /// <exception cref="ArgumentNullException">A key is missing: a client must know the server's key beforehand (RFC 26).</exception>
    /// <exception cref="ArgumentException">The server's key is the client's own secret key.</exception>
    /// <exception cref="ObjectDisposedException">The key pair has been disposed of.</exception>
    public static CurveSecurity Client(CurveKeyPair keys, CurvePublicKey serverKey) => new(keys, serverKey, SystemRandomSource.Instance);

    /// <summary>The server's end; the authenticator decides about every client.</summary>
    /// <param name="keys">The server's permanent key pair; referred to, not copied.</param>
    /// <exception cref="ArgumentNullException">The keys are null.</exception>
    /// <exception cref="ObjectDisposedException">The key pair has been disposed of.</exception>
    public static CurveSecurity Server(CurveKeyPair keys) => Server(keys, CurveClients.AskAuthenticator);

    /// <summary>The server's end.</summary>
    /// <param name="keys">The server's permanent key pair; referred to, not copied.</param>
    /// <param name="clients">Which clients are let in.</param>
    /// <exception cref="ArgumentNullException">The keys are null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such choice of clients.</exception>
    /// <exception cref="ObjectDisposedException">The key pair has been disposed of.</exception>
    public static CurveSecurity Server(CurveKeyPair keys, CurveClients clients) => new(keys, clients, SystemRandomSource.Instance);

    /// <summary>The server's end with keys that can be replaced while it runs; the authenticator decides about every client.</summary>
    /// <param name="keys">The server's permanent key pairs; referred to, not copied.</param>
    /// <exception cref="ArgumentNullException">The keys are null.</exception>
    /// <exception cref="ObjectDisposedException">The keys have been disposed of.</exception>
    public static CurveSecurity Server(CurveServerKeys keys) => Server(keys, CurveClients.AskAuthenticator);

    /// <summary>The server's end with keys that can be replaced while it runs.</summary>
    /// <param name="keys">The server's permanent key pairs; referred to, not copied.</param>
    /// <param name="clients">Which clients are let in.</param>
    /// <exception cref="ArgumentNullException">The keys are null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such choice of clients.</exception>
    /// <exception cref="ObjectDisposedException">The keys have been disposed of.</exception>
    public static CurveSecurity Server(CurveServerKeys keys, CurveClients clients) => new(keys, clients, SystemRandomSource.Instance);

    private CurveSecurity(CurveSecurity other, CurveCipher cipher)
    {
        _clientKeys = other._clientKeys;
        _serverKey = other._serverKey;
        _serverKeys = other._serverKeys;
        _clients = other._clients;
        _random = other._random;
        _cipher = cipher;
    }

    /// <summary>Which code encrypts and authenticates messages; <see cref="CurveCipher.Libsodium"/> unless chosen otherwise.</summary>
    public CurveCipher Cipher => _cipher;

    /// <summary>The same security with another cipher. This one does not change; both refer to the same keys.</summary>
    /// <param name="cipher">
    /// Which code encrypts and authenticates messages. It is this end's own affair: the peer cannot tell. Read about
    /// <see cref="CurveCipher.ManagedVector"/> before you choose it.
    /// </param>
    /// <returns>A copy.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such cipher.</exception>
    public CurveSecurity WithCipher(CurveCipher cipher)
    {
        if (cipher is not (CurveCipher.Libsodium or CurveCipher.ManagedVector))
        {
            throw new ArgumentOutOfRangeException(nameof(cipher), cipher, "Choose Libsodium or ManagedVector.");
        }

        return new CurveSecurity(this, cipher);
    }

    /// <inheritdoc/>
    public override string MechanismName => "CURVE";

    /// <inheritdoc/>
    public override bool IsServer => _serverKey is null;

    /// <inheritdoc/>
    public override bool AsksNobody(string domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        return _clients == CurveClients.AllowAny;
    }

    /// <inheritdoc/>
    /// <exception cref="ZmtpException">The key pair has been disposed of.</exception>
    public override Mechanism CreateMechanism(HandshakeContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (AreKeysDisposed) throw CurveKeyPair.Disposed(new ObjectDisposedException(nameof(CurveKeyPair)));
        if (_serverKeys is not null)
        {
            return new CurveServerMechanism(new CurveServerSettings(_serverKeys, _clients, _random, _cipher, context));
        }

        return new CurveClientMechanism(new CurveClientSettings(_clientKeys!, _serverKey!, _random, _cipher, context));
    }

    /// <inheritdoc/>
    public override void ThrowIfDisposed()
    {
        if (AreKeysDisposed) throw new ObjectDisposedException(nameof(CurveKeyPair), CurveKeyPair.DisposedMessage);
    }

    private bool AreKeysDisposed => _serverKeys?.IsDisposed ?? _clientKeys!.IsDisposed;
}
