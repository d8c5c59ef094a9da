using System.Security.Cryptography;

namespace Zmtp.Zap;

/// <summary>Gathers the text of a certificate from a stream, in pinned memory that is zeroed on Dispose.</summary>
internal sealed class CertificateBuffer : IDisposable
{
    // One octet more than allowed, so that a text that is too long is noticed rather than cut.
    private readonly byte[] _octets = GC.AllocateArray<byte>(CertificateFile.MaxSize + 1, pinned: true);
    private int _length;

    /// <summary>Where the next octets go; never empty while <see cref="Add"/> asks for more.</summary>
    public Memory<byte> Free => _octets.AsMemory(_length);

    /// <summary>Takes what was read.</summary>
    /// <returns>Whether more should be read.</returns>
    /// <exception cref="ZplFormatException">The text is too long.</exception>
    public bool Add(int count)
    {
        _length += count;
        if (_length <= CertificateFile.MaxSize) return count > 0;
        throw new ZplFormatException($"The text is longer than {CertificateFile.MaxSize} octets, which no certificate is.");
    }

    public Certificate Parse() => CertificateParser.Parse(_octets.AsSpan(0, _length), file: null, readSecret: true);

    public void Dispose() => CryptographicOperations.ZeroMemory(_octets);
}
