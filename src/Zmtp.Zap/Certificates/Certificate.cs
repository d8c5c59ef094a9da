using System.Security.Cryptography;
using System.Text;
using Zmtp.Mechanisms;

namespace Zmtp.Zap;

/// <summary>
/// A CURVE certificate: a public key, maybe its secret key, and metadata about its owner. The files are those of CZMQ (ZPL, RFC 4;
/// keys in Z85, RFC 32) and are read and written by both. Owns its key pair. Not thread-safe while metadata are changed.
/// </summary>
public sealed class Certificate : IDisposable
{
    /// <summary>What the name of a secret file ends in.</summary>
    public const string SecretSuffix = "_secret";

    private readonly CurveKeyPair? _keyPair;

    /// <summary>Creates a certificate with a secret key.</summary>
    /// <param name="keyPair">The keys; owned by the certificate from now on and disposed of with it.</param>
    public Certificate(CurveKeyPair keyPair)
    {
        ArgumentNullException.ThrowIfNull(keyPair);
        _keyPair = keyPair;
        PublicKey = keyPair.PublicKey;
    }

    /// <summary>Creates a certificate of a public key only: that of somebody else.</summary>
    /// <param name="publicKey">The key.</param>
    public Certificate(CurvePublicKey publicKey)
    {
        ArgumentNullException.ThrowIfNull(publicKey);
        PublicKey = publicKey;
    }

    /// <summary>The public key. Stays readable after Dispose.</summary>
    public CurvePublicKey PublicKey { get; }

    /// <summary>Whether the secret key is there, too.</summary>
    public bool HasSecretKey => _keyPair is not null;

    /// <summary>Both keys. Owned by the certificate: use a clone where it must live longer.</summary>
    /// <exception cref="InvalidOperationException">The certificate is public only.</exception>
    public CurveKeyPair KeyPair => _keyPair ?? throw new InvalidOperationException(
        $"The certificate of {PublicKey} has no secret key. Load it from the file whose name ends in \"{SecretSuffix}\".");

    /// <summary>Names and values about the owner, in order.</summary>
    public CertificateMetadata Metadata { get; } = new();

    /// <summary>Makes a certificate with a new key pair from the system's randomness and no metadata.</summary>
    public static Certificate Generate() => new(CurveKeyPair.Generate());

    /// <summary>
    /// Loads a certificate: from <c>path_secret</c> when that file exists, else from <c>path</c>. Unlike CZMQ, a secret file
    /// that exists and cannot be read is an error, not a reason to go on without the secret key: see <see cref="LoadPublic"/>.
    /// </summary>
    /// <param name="path">The file's path.</param>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading is not allowed.</exception>
    /// <exception cref="ZplFormatException">The file is not a certificate, or its two keys do not belong together.</exception>
    public static Certificate Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var secretPath = path + SecretSuffix;
        return CertificateFile.Read(File.Exists(secretPath) ? secretPath : path, readSecret: true);
    }

    /// <summary>Loads the public part of a certificate from exactly this file. A secret key in it is not read.</summary>
    /// <param name="path">The file's path.</param>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading is not allowed.</exception>
    /// <exception cref="ZplFormatException">The file is not a certificate.</exception>
    public static Certificate LoadPublic(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return CertificateFile.Read(path, readSecret: false);
    }

    /// <summary>Reads a certificate from text, with its secret key when the text has one.</summary>
    /// <param name="text">What <see cref="ToZpl"/> or a file holds.</param>
    /// <exception cref="ZplFormatException">The text is not a certificate, or its two keys do not belong together.</exception>
    public static Certificate Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var octets = Encoding.UTF8.GetBytes(text);
        try
        {
            return CertificateParser.Parse(octets, file: null, readSecret: true);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    /// <summary>The certificate as CZMQ writes it to a file.</summary>
    /// <param name="includeSecret">
    /// Whether the secret key is part of the text. A string cannot be erased: prefer <see cref="SaveSecret"/>.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// The secret key is asked for and not there, or metadata that were loaded cannot be written.
    /// </exception>
    public string ToZpl(bool includeSecret)
    {
        var octets = CertificateText.Encode(this, includeSecret);
        try
        {
            return Encoding.UTF8.GetString(octets);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    /// <summary>
    /// Saves the secret file as <c>path_secret</c> and then the public one as <c>path</c>. Existing files are replaced: a reader sees
    /// the old
    /// or the new file, never half of one. The secret file is readable by its owner only, from its first moment (Windows: by whom
    /// the directory allows).
    /// </summary>
    /// <param name="path">The path of the public file.</param>
    /// <exception cref="InvalidOperationException">There is no secret key; use <see cref="SavePublic"/>.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Writing is not allowed.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SaveSecret(path + SecretSuffix);
        SavePublic(path);
    }

    /// <summary>Saves the public key and the metadata to exactly this file; replaces it in one step.</summary>
    /// <param name="path">The file's path.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Writing is not allowed.</exception>
    public void SavePublic(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        CertificateFile.Write(path, CertificateText.Encode(this, includeSecret: false), isSecret: false);
    }

    /// <summary>Saves both keys and the metadata to exactly this file, readable by its owner only; replaces it in one step.</summary>
    /// <param name="path">The file's path; end it in <see cref="SecretSuffix"/>, so that no store takes it for a public one.</param>
    /// <exception cref="InvalidOperationException">There is no secret key.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Writing is not allowed.</exception>
    public void SaveSecret(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var octets = CertificateText.Encode(this, includeSecret: true);
        try
        {
            CertificateFile.Write(path, octets, isSecret: true);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    /// <summary>The public key and whether there is a secret one.</summary>
    public override string ToString() => HasSecretKey ? $"{PublicKey} (with its secret key)" : PublicKey.ToString();

    /// <summary>Zeroes the secret key.</summary>
    public void Dispose() => _keyPair?.Dispose();
}
