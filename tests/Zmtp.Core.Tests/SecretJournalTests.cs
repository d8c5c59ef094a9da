using System.Text;
using Xunit;
using Zmtp.Testing.Curve;
using Zmtp.Testing.Searching;
using Zmtp.Text;

namespace Zmtp.Core.Tests;

/// <summary>The search that all test assemblies end with: what is said on purpose is found.</summary>
public sealed class SecretJournalTests
{
    private readonly SecretJournal _journal = new();

    public static TheoryData<string, Func<byte[], string>> Spellings => new()
    {
        { "Z85", key => Z85.Encode(key) },
        { "hex", key => Convert.ToHexString(key) },
        { "hex in small letters", key => Convert.ToHexString(key).ToLowerInvariant() },
        { "hex with dashes", key => BitConverter.ToString(key) },
        { "Base64", key => Convert.ToBase64String(key) },
        { "raw", key => Encoding.Latin1.GetString(key) },
        { "decimal", key => string.Join(", ", key) },
    };

    [Theory]
    [MemberData(nameof(Spellings))]
    public void SEARCH_SecretKeyInAnySpelling_IsFoundAndNotShown(string name, Func<byte[], string> spell)
    {
        var secret = CurveKeys.Generate().Secret;
        _journal.Keep(secret, "the key of the test");
        _journal.Say("PULL HandshakeFailed tcp://127.0.0.1:1: all is well.");
        Assert.Empty(_journal.Search());
        _journal.Say($"{name}: the key is {spell(secret)}, keep it.");

        var found = Assert.Single(_journal.Search());
        Assert.StartsWith("the key of the test was said", found, StringComparison.Ordinal);
        Assert.DoesNotContain(spell(secret), found, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(_journal.ThrowIfASecretWasSaid);
    }

    [Fact]
    public void SEARCH_PasswordInAnExceptionsCause_IsFound()
    {
        _journal.Keep("p4ssw0rd-of-ann");
        _journal.Say(new InvalidOperationException("It failed.", new FormatException("p4ssw0rd-of-ann is no number.")));
        Assert.Single(_journal.Search());
    }

    [Fact]
    public void SEARCH_WordTooShortToBeASecret_IsNotLookedFor()
    {
        _journal.Keep("secret");
        _journal.Say("A secret key.");
        Assert.Empty(_journal.Search());
        _journal.ThrowIfASecretWasSaid();
    }
}
