using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using Zmtp.Text;

namespace Zmtp.Testing.Searching;

/// <summary>
/// What a test run has said, in logs, events and exceptions, and every secret that it used: no secret may be in what was said, in
/// whatever spelling. Safe on any thread.
/// </summary>
public sealed class SecretJournal
{
    /// <summary>Secrets shorter than this cannot be told from ordinary words.</summary>
    public const int ShortestSecret = 7;

    private readonly ConcurrentDictionary<string, bool> _said = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _spellings = new(StringComparer.Ordinal);

    /// <summary>The journal of this process, which is searched when all tests of the assembly are over.</summary>
    public static SecretJournal Suite { get; } = new();

    /// <summary>How many different texts were said.</summary>
    public int Count => _said.Count;

    /// <summary>How many secrets are looked for.</summary>
    public int SecretCount => _spellings.Values.Distinct().Count();

    /// <summary>Keeps what was said.</summary>
    public void Say(string text) => _said.TryAdd(text, true);

    /// <summary>Keeps what an exception and its causes say.</summary>
    public void Say(Exception exception)
    {
        for (var one = exception; one is not null; one = one.InnerException) Say($"{one.GetType()}: {one.Message}");
    }

    /// <summary>Looks for a password from now on.</summary>
    /// <returns>The password.</returns>
    public string Keep(string password)
    {
        Keep(Encoding.UTF8.GetBytes(password), $"a password of {password.Length} characters that begins with '{password.FirstOrDefault()}'");
        return password;
    }

    /// <summary>Looks for a secret from now on, unless it is short or one octet throughout: nobody could tell it from ordinary text.</summary>
    /// <param name="secret">Its octets; copied.</param>
    /// <param name="name">What the report calls it. Not the secret.</param>
    public void Keep(ReadOnlySpan<byte> secret, string name)
    {
        if (secret.Length < ShortestSecret || !secret.ContainsAnyExcept(secret[0])) return;
        foreach (var spelling in Spell(secret)) _spellings.TryAdd(spelling, name);
    }

    /// <summary>Searches.</summary>
    /// <returns>A line for each text that holds a secret; the text has dots in the secret's place.</returns>
    public IReadOnlyList<string> Search()
    {
        if (_spellings.IsEmpty) return [];
        var needles = SearchValues.Create([.. _spellings.Keys], StringComparison.Ordinal);
        List<string> found = [];
        foreach (var text in _said.Keys)
        {
            var place = text.AsSpan().IndexOfAny(needles);
            if (place < 0) continue;
            var spelling = _spellings.Keys.Where(needle => text.AsSpan(place).StartsWith(needle, StringComparison.Ordinal)).MaxBy(
                needle => needle.Length)!;
            found.Add($"{_spellings[spelling]} was said: {text.Replace(spelling, "…", StringComparison.Ordinal)}");
        }

        return found;
    }

    /// <summary>Searches, and fails when there is anything.</summary>
    /// <exception cref="InvalidOperationException">A secret was said.</exception>
    public void ThrowIfASecretWasSaid()
    {
        var found = Search();
        if (found.Count > 0) throw new InvalidOperationException($"Secrets are in what the tests have said:\n{string.Join('\n', found)}");
    }

    /// <summary>Z85 where the length allows it, hex in three manners, Base64 without its end, decimal octets, and as it is.</summary>
    private static IEnumerable<string> Spell(ReadOnlySpan<byte> secret)
    {
        List<string> spellings =
        [
            Encoding.UTF8.GetString(secret), Encoding.Latin1.GetString(secret), Convert.ToHexString(secret),
            Convert.ToHexStringLower(secret), BitConverter.ToString(secret.ToArray()), Peers.Octets.ToHex(secret),
            string.Join(", ", secret.ToArray()), Convert.ToBase64String(secret[..(secret.Length / 3 * 3)]),
        ];
        if (secret.Length % 4 == 0) spellings.Add(Z85.Encode(secret));
        return spellings;
    }
}
