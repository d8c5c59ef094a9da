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
    /// <param name="keyPair">The keys; copied, and still the caller's to dispose of.</param>
    /// <exception cref="ObjectDisposedException">The pair has been disposed of.</exception>
    public Certificate(CurveKeyPair keyPair)
    {
        ArgumentNullException.ThrowIfNull(keyPair);
        _keyPair = keyPair.Clone();
        PublicKey = keyPair.PublicKey;
    }

    /// <summary>Creates a certificate of a public key only: that of somebody else.</summary>
    /// <param name="publicKey">The key.</param>
    public Certificate(CurvePublicKey publicKey)
    {
        ArgumentNullException.ThrowIfNull(publicKey);
        PublicKey = publicKey;
    }

    private Certificate(CurvePublicKey publicKey, CurveKeyPair keyPair)
    {
        _keyPair = keyPair;
        PublicKey = publicKey;
    }

    /// <summary>The public key. Stays readable after Dispose.</summary>
    public CurvePublicKey PublicKey { get; }

    /// <summary>The public key's fingerprint, to be compared over the telephone: see <see cref="CurvePublicKey.ToFingerprint"/>.</summary>
    public string Fingerprint => PublicKey.ToFingerprint();

    /// <summary>Whether the secret key is there, too.</summary>
    public bool HasSecretKey => _keyPair is not null;

    /// <summary>Whether a secret key stands in the file of which the public part only was loaded.</summary>
    internal bool HasUnreadSecretKey { get; set; }

    /// <summary>Both keys. Owned by the certificate: use a clone where it must live longer.</summary>
    /// <exception cref="InvalidOperationException">The certificate is public only.</exception>
    public CurveKeyPair KeyPair => _keyPair ?? throw new InvalidOperationException(
        $"The certificate with the fingerprint {Fingerprint} has no secret key. Load it from the file whose name ends in \"{SecretSuffix}\".");

    /// <summary>Names and values about the owner, in order.</summary>
    public CertificateMetadata Metadata { get; } = new();

    /// <summary>Makes a certificate with a new key pair from the system's randomness and no metadata.</summary>
    public static Certificate Generate() => TakeOver(CurveKeyPair.Generate());

    /// <summary>
    /// Loads a certificate: from <c>path_secret</c> when that file exists, else from <c>path</c>. Unlike CZMQ, a secret file
    /// that exists and cannot be read is an error, not a reason to go on without the secret key: see <see cref="LoadPublic"/>.
    /// </summary>
    /// <param name="path">The file's path.</param>
    /// <param name="allowOthers">
    /// Whether a file with a secret key is used even when group or others may read or write it. Windows has no such modes: there the
    /// directory says who may, and nothing is checked.
    /// </param>
    /// <exception cref="SecretFileModeException">The secret key is open to others: <c>chmod 600</c>.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading is not allowed.</exception>
    /// <exception cref="ZplFormatException">The file is not a certificate, or its two keys do not belong together.</exception>
    public static Certificate Load(string path, bool allowOthers = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var secretPath = path + SecretSuffix;
        try
        {
            // Opened rather than looked for: looking does not tell what cannot be read from what is not there.
            return CertificateFile.Read(secretPath, readSecret: true, allowOthers);
        }
        catch (Exception error) when (IsNotThere(secretPath, error))
        {
            return ReadWithoutSecretFile(path, allowOthers);
        }
    }

    /// <summary>Loads the public part of a certificate from exactly this file. A secret key in it is not read.</summary>
    /// <param name="path">The file's path.</param>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading is not allowed.</exception>
    /// <exception cref="ZplFormatException">The file is not a certificate.</exception>
    public static Certificate LoadPublic(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return CertificateFile.Read(path, readSecret: false, allowOthers: true);
    }

    /// <summary>Reads a certificate from a stream, to its end, with its secret key when the text has one.</summary>
    /// <param name="stream">What <see cref="Write"/> or a file holds, at most 64 KiB; not closed.</param>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    /// <exception cref="ZplFormatException">The text is not a certificate, or its two keys do not belong together.</exception>
    public static Certificate Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var text = new CertificateBuffer();
        while (text.Add(stream.Read(text.Free.Span))) continue;
        return text.Parse();
    }

    /// <summary>Reads a certificate from a stream, to its end, with its secret key when the text has one.</summary>
    /// <param name="stream">As for <see cref="Read"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    /// <exception cref="ZplFormatException">The text is not a certificate, or its two keys do not belong together.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public static async Task<Certificate> ReadAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var text = new CertificateBuffer();
        while (text.Add(await stream.ReadAsync(text.Free, cancellationToken).ConfigureAwait(false))) continue;
        return text.Parse();
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
    /// The secret key is asked for and not there, metadata that were loaded cannot be written, or they make it longer than the 64 KiB that are
    /// read.
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

    /// <summary>Writes the certificate to a stream, as it would be written to a file.</summary>
    /// <param name="stream">The stream; not closed. It may keep copies of what it is given.</param>
    /// <param name="includeSecret">Whether the secret key is part of the text.</param>
    /// <exception cref="InvalidOperationException">As for <see cref="ToZpl"/>.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void Write(Stream stream, bool includeSecret)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var octets = CertificateText.Encode(this, includeSecret);
        try
        {
            stream.Write(octets);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    /// <summary>Writes the certificate to a stream, as it would be written to a file.</summary>
    /// <param name="stream">As for <see cref="Write"/>.</param>
    /// <param name="includeSecret">Whether the secret key is part of the text.</param>
    /// <param name="cancellationToken">Gives up; part of the text may have been written.</param>
    /// <exception cref="InvalidOperationException">As for <see cref="ToZpl"/>.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task WriteAsync(Stream stream, bool includeSecret, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var octets = CertificateText.Encode(this, includeSecret);
        try
        {
            await stream.WriteAsync(octets, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    /// <summary>
    /// Saves the secret file as <c>path_secret</c> and then the public one as <c>path</c>. A reader sees a whole file or none, and of a
    /// file that is replaced the old or the new one. The secret file is readable by its owner only, from its first moment (Windows: by
    /// whom the directory allows). A file that is replaced keeps its owner and group (on Linux), so that a server goes on to read it; the
    /// public one keeps its mode, too, but for leave for others to write. A link is replaced by a file.
    /// </summary>
    /// <remarks>
    /// A secret file of somebody else is replaced only where nobody but they, root and the user that saves can have put it there: not
    /// through a link, and in a directory that its owner only may write to.
    /// </remarks>
    /// <param name="path">The path of the public file.</param>
    /// <param name="overwrite">Whether files that are there are replaced; a secret key that is replaced is gone for good.</param>
    /// <exception cref="InvalidOperationException">
    /// There is no secret key (use <see cref="SavePublic"/>), or the metadata cannot be written (see <see cref="ToZpl"/>).
    /// </exception>
    /// <exception cref="IOException">
    /// A file cannot be written, is there and may not be replaced, or belongs to somebody whom a new file cannot, or must not, be given to:
    /// then nothing was written. So it is when somebody else is saving to this path by this library: they hold a hidden file beside it. Only
    /// where the directory cannot be flushed to disk both are written, and the message says so.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">Writing is not allowed.</exception>
    public void Save(string path, bool overwrite = false) => SaveBoth(path, overwrite, beforePublic: null);

    /// <summary>Makes a certificate with a secret key, of which there is no second copy then.</summary>
    /// <param name="keyPair">The keys; owned by the certificate from now on and disposed of with it.</param>
    internal static Certificate TakeOver(CurveKeyPair keyPair) => new(keyPair.PublicKey, keyPair);

    /// <summary>As <see cref="Save"/>, with something done between the two files.</summary>
    /// <param name="path">The path of the public file.</param>
    /// <param name="overwrite">Whether files that are there are replaced; a secret key that is replaced is gone for good.</param>
    /// <param name="beforePublic">Called between the two files. For tests.</param>
    internal void SaveBoth(string path, bool overwrite, Action? beforePublic)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var secretPath = path + SecretSuffix;

        // Another that saves a pair meanwhile would leave one pair's public key beside the other's secret key.
        using var alone = FileLock.Take(Path.GetFullPath(path));

        // Both are written before either is replaced: a new secret key beside an old public one would be of no use to anybody.
        using var secretFile = WriteSecret(secretPath, overwrite);
        using var publicFile = WritePublic(path, overwrite);
        using var oldSecret = overwrite ? KeptFile.Of(Path.GetFullPath(secretPath)) : null;
        try
        {
            secretFile.PutInPlace();
            beforePublic?.Invoke();
            publicFile.PutInPlace();
        }
        catch (Exception cause)
        {
            // The old key is worth more than any file; a new one, alone, would keep the next call from working.
            if (oldSecret is not null) oldSecret.PutBack(cause);
            else if (secretFile.IsInPlace) File.Delete(secretPath);
            throw;
        }

        publicFile.Flush();
    }

    /// <summary>Saves the public key and the metadata to exactly this file, in one step.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="overwrite">
    /// Whether a file that is there is replaced. It keeps its owner and group (on Linux) and, but for leave for others to write, its mode.
    /// </param>
    /// <exception cref="InvalidOperationException">The metadata cannot be written (see <see cref="ToZpl"/>).</exception>
    /// <exception cref="IOException">As for <see cref="Save"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">Writing is not allowed.</exception>
    public void SavePublic(string path, bool overwrite = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = WritePublic(path, overwrite);
        file.PutInPlace();
        file.Flush();
    }

    /// <summary>Saves both keys and the metadata to exactly this file, readable by its owner only, in one step.</summary>
    /// <param name="path">The file's path; end it in <see cref="SecretSuffix"/>, so that no store takes it for a public one.</param>
    /// <param name="overwrite">
    /// Whether a file that is there is replaced; a secret key that is replaced is gone for good. The new file keeps owner and group of the
    /// old one (on Linux; see <see cref="Save"/> for whose is not replaced), not its mode.
    /// </param>
    /// <exception cref="InvalidOperationException">There is no secret key, or the metadata cannot be written (see <see cref="ToZpl"/>).</exception>
    /// <exception cref="IOException">As for <see cref="Save"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">Writing is not allowed.</exception>
    public void SaveSecret(string path, bool overwrite = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = WriteSecret(path, overwrite);
        file.PutInPlace();
        file.Flush();
    }

    /// <summary>The public part as a certificate of its own: what may be given to others.</summary>
    public Certificate ToPublic() => WithMetadata(new Certificate(PublicKey));

    /// <summary>A second certificate with the same keys and metadata, to be disposed of on its own.</summary>
    /// <exception cref="ObjectDisposedException">The certificate has been disposed of.</exception>
    public Certificate Clone() => WithMetadata(_keyPair is null ? new Certificate(PublicKey) : new Certificate(_keyPair));

    /// <summary>The public key and whether there is a secret one.</summary>
    public override string ToString() => HasSecretKey ? $"{PublicKey} (with its secret key)" : PublicKey.ToString();

    /// <summary>Zeroes the secret key.</summary>
    public void Dispose() => _keyPair?.Dispose();

    // A name that is too long is nobody's. A link that leads to nothing is somebody's.
    private static bool IsNotThere(string path, Exception error) =>
        error is PathTooLongException ||
        (error is FileNotFoundException or DirectoryNotFoundException && new FileInfo(path).LinkTarget is null);

    private static Certificate ReadWithoutSecretFile(string path, bool allowOthers)
    {
        try
        {
            return CertificateFile.Read(path, readSecret: true, allowOthers);
        }
        catch (FileNotFoundException error)
        {
            var file = Path.GetFullPath(path);
            throw new FileNotFoundException($"Could not find file '{file}', nor '{file}{SecretSuffix}'.", file, error);
        }
    }

    private PendingFile WritePublic(string path, bool overwrite) => PendingFile.Write(
        path, CertificateText.Encode(this, includeSecret: false), AtomicFile.PublicMode, overwrite, keepMode: true);

    private PendingFile WriteSecret(string path, bool overwrite)
    {
        var octets = CertificateText.Encode(this, includeSecret: true);
        try
        {
            return PendingFile.Write(path, octets, AtomicFile.SecretMode, overwrite, keepMode: false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    private Certificate WithMetadata(Certificate copy)
    {
        foreach (var (name, value) in Metadata) copy.Metadata.AddLoaded(name, value);
        return copy;
    }
}
