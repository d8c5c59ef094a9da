using System.Security.Cryptography;
using System.Text;
using Zmtp.Mechanisms;

namespace Zmtp.Zap;

// A certificate as CZMQ writes it. Order and comments do not matter; other sections and names are ignored; of equal ones the first counts.
//
//   metadata
//       *( name = value )
//   curve
//       public-key = 40 characters of Z85, in quotes, because Z85 has a "#"
//       secret-key = the same, in the secret file only; 40 times "0" says that there is none

/// <summary>Collects a certificate from the lines of a ZPL text. The secret key never becomes a string.</summary>
internal sealed class CertificateParser : IDisposable
{
    public const string MetadataSection = "metadata";
    public const string CurveSection = "curve";
    public const string PublicKeyName = "public-key";
    public const string SecretKeyName = "secret-key";

    private readonly string? _file;
    private readonly bool _readSecret;
    private readonly List<KeyValuePair<string, string>> _metadata = [];
    private Section _section;
    private CurvePublicKey? _publicKey;
    private CurveSecretKey? _secretKey;
    private bool _hasUnreadSecretKey;
    private (int Line, int Column) _secretKeyPlace;

    private CertificateParser(string? file, bool readSecret)
    {
        _file = file;
        _readSecret = readSecret;
    }

    private enum Section
    {
        Other,
        Metadata,
        Curve,
    }

    public static Certificate Parse(ReadOnlySpan<byte> text, string? file, bool readSecret)
    {
        using var parser = new CertificateParser(file, readSecret);
        var reader = new ZplReader(parser.OnLine, file);
        try
        {
            reader.Append(text);
            reader.Complete();
        }
        finally
        {
            reader.Erase();
        }

        return parser.ToCertificate();
    }

    public void Dispose() => _secretKey?.Dispose();

    private void OnLine(in ZplLine line)
    {
        if (line.Depth == 0)
        {
            _section = line.Name.SequenceEqual("metadata"u8) ? Section.Metadata
                : line.Name.SequenceEqual("curve"u8) ? Section.Curve
                : Section.Other;
        }
        else if (line.Depth == 1 && _section == Section.Metadata)
        {
            _metadata.Add(new(Encoding.ASCII.GetString(line.Name), ZplReader.DecodeValue(line, _file)));
        }
        else if (line.Depth == 1 && _section == Section.Curve)
        {
            OnKey(line);
        }
    }

    private void OnKey(in ZplLine line)
    {
        if (_publicKey is null && line.Name.SequenceEqual("public-key"u8))
        {
            Span<char> z85 = stackalloc char[CurvePublicKey.Z85Length];
            ReadZ85(line, PublicKeyName, z85);
            if (!CurvePublicKey.TryParse(z85, out _publicKey)) throw NotAKey(line, PublicKeyName);
        }
        else if (line.Name.SequenceEqual("secret-key"u8))
        {
            if (!_readSecret) _hasUnreadSecretKey |= line.Value.ContainsAnyExcept((byte)'0');
            else if (_secretKey is null) ReadSecretKey(line);
        }
    }

    private void ReadSecretKey(in ZplLine line)
    {
        Span<char> z85 = stackalloc char[CurveSecretKey.Z85Length];
        try
        {
            ReadZ85(line, SecretKeyName, z85);
            if (!z85.ContainsAnyExcept('0')) return;
            if (!CurveSecretKey.TryParse(z85, out _secretKey)) throw NotAKey(line, SecretKeyName);
            _secretKeyPlace = (line.Number, line.ValueColumn);
        }
        finally
        {
            z85.Clear();
        }
    }

    private void ReadZ85(in ZplLine line, string name, Span<char> z85)
    {
        if (line.Value.Length != z85.Length)
        {
            throw new ZplFormatException(
                $"The {name} has {line.Value.Length} characters instead of {z85.Length}. Check that it is in quotes and was copied whole.",
                _file, line.Number, line.ValueColumn);
        }

        for (var i = 0; i < z85.Length; i++) z85[i] = (char)line.Value[i];
    }

    private Certificate ToCertificate()
    {
        if (_publicKey is null)
        {
            throw new ZplFormatException(
                $"There is no {PublicKeyName} in a section {CurveSection}. Check that this is a certificate.", _file);
        }

        var certificate = _secretKey is null ? new Certificate(_publicKey) : Certificate.TakeOver(Pair(_publicKey, _secretKey));
        certificate.HasUnreadSecretKey = _hasUnreadSecretKey;
        foreach (var (name, value) in _metadata) certificate.Metadata.AddLoaded(name, value);
        return certificate;
    }

    private CurveKeyPair Pair(CurvePublicKey publicKey, CurveSecretKey secretKey)
    {
        try
        {
            return new CurveKeyPair(publicKey, secretKey);
        }
        catch (ArgumentException cause)
        {
            throw new ZplFormatException(
                $"The {SecretKeyName} does not belong to the {PublicKeyName}. The file was put together from two certificates.",
                _file, _secretKeyPlace.Line, _secretKeyPlace.Column, cause);
        }
    }

    private ZplFormatException NotAKey(in ZplLine line, string name) => new(
        $"The {name} is not a key in Z85 (RFC 32). Check that it was copied unchanged.", _file, line.Number, line.ValueColumn);
}
