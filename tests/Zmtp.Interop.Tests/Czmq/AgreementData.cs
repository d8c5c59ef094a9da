using Zmtp.Mechanisms;

namespace Zmtp.Interop.Tests.Czmq;

/// <summary>
/// Certificates, password files and address lists made from a seed: of everything that the formats allow and on which CZMQ and we agree.
/// Where we do not is in the tables of the tests.
/// </summary>
internal sealed class AgreementData(int seed)
{
    /// <summary>What is in ZAP's metadata, too; ZPL knows "$", "@", "&amp;" and "/" besides.</summary>
    public const string PropertyCharacters = "abcXYZ019-_.+";

    /// <summary>Addresses as ZAP has them: in their one canonical form.</summary>
    public static readonly string[] Addresses =
    [
        "127.0.0.1", "127.0.0.2", "10.0.0.1", "10.0.0.10", "10.0.0.100", "10.1.2.3", "192.168.0.1", "192.168.1.1", "172.16.254.3",
        "8.8.8.8", "255.255.255.255", "0.0.0.0", "::1", "fe80::1", "2001:db8::1", "2001:db8::2", "2001:db8:1::", "fd00::abcd", "::", "",
    ];

    private static readonly string[] ValuePieces =
    [
        "Ann", " ", "  ", "O'Neil", "#", "# no comment", "=", "a = b", "\t", "é", "日本", "😀", "\\", "\\n", "$", "&", "<x/>", ";", "0", "-",
        "metadata", "curve", "    public-key", "tcp://*:5555", "%%", "%d",
    ];

    private static readonly string[] LinePieces =
    [
        "joe", "ann", "zoë", " ", "=", "=", "=", "#", "secret", "pass word", "\t", "$", "$$", "\"", "'", "\\", "日本", ":", "0",
    ];

    private readonly Random _random = new(seed);

    public int Next(int end) => _random.Next(end);

    public CurveKeyPair KeyPair()
    {
        Span<byte> octets = stackalloc byte[CurveSecretKey.Size];
        _random.NextBytes(octets);
        using var secret = new CurveSecretKey(octets);
        return new CurveKeyPair(secret);
    }

    /// <param name="nameCharacters">What names are made of.</param>
    /// <param name="mayHoldDoubleQuotes">CZMQ reads such values and cannot write them.</param>
    /// <param name="longest">The longest value, in octets. CZMQ reads lines of at most 1024.</param>
    public Dictionary<string, string> Metadata(string nameCharacters, bool mayHoldDoubleQuotes, int longest)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = _random.Next(6); i > 0; i--) metadata[Name(nameCharacters)] = Value(mayHoldDoubleQuotes, longest);
        return metadata;
    }

    /// <summary>A password file: lines of all sorts, the last one with or without an end, unless its password could be cut off.</summary>
    public string PasswordFile()
    {
        var lines = Enumerable.Range(0, _random.Next(8)).Select(_ => string.Concat(Pieces(LinePieces, 7)));
        var text = string.Join('\n', lines);
        return text + (text.EndsWith('=') || text.EndsWith("=$", StringComparison.Ordinal) || _random.Next(2) == 0 ? "\n" : "");
    }

    /// <summary>Names and passwords that a file could mean, and others.</summary>
    public IEnumerable<(string User, string Password)> Questions(string file)
    {
        foreach (var line in file.Split('\n'))
        {
            for (var at = line.IndexOf('=', StringComparison.Ordinal); at >= 0; at = line.IndexOf('=', at + 1))
            {
                yield return (line[..at], line[(at + 1)..]);
                yield return (line[..at].Trim(), line[(at + 1)..].Trim());
                yield return (line[..at], line[(at + 1)..] + "x");
            }

            yield return (line, "");
        }

        yield return ("joe", "secret");
        yield return ("", "secret");
        yield return ("", "");
    }

    /// <summary>Some of the addresses.</summary>
    public string[] SomeAddresses() => [.. Addresses.Where(address => address.Length > 0 && _random.Next(5) == 0)];

    private string Name(string characters) =>
        new([.. Enumerable.Range(0, 1 + _random.Next(12)).Select(i => i == 0 ? 'n' : characters[_random.Next(characters.Length)]), 'z']);

    private string Value(bool mayHoldDoubleQuotes, int longest)
    {
        if (_random.Next(20) == 0) return new string('x', longest);
        var pieces = Pieces(ValuePieces, 8).ToList();
        if (mayHoldDoubleQuotes && _random.Next(4) == 0)
        {
            pieces.Insert(_random.Next(pieces.Count + 1), "\"");
            return string.Concat(pieces).Replace("'", "", StringComparison.Ordinal);
        }

        return string.Concat(pieces);
    }

    private IEnumerable<string> Pieces(string[] pieces, int most) =>
        Enumerable.Range(0, _random.Next(most)).Select(_ => pieces[_random.Next(pieces.Length)]);
}
