using System.Text;
using Zmtp.Testing.Steady;

namespace Zmtp.Zap.Tests;

public sealed class PasswordHashTests
{
    private const string Salt = "c29tZXNhbHRzb21lc2FsdA";
    private const string Tag = "K13EBUiG7JV+9ZxztmHFTdb7J0WQsnj2V8bZaqyPptE";

    /// <summary>Made by the reference implementation's command line (argon2 -id -k 19456 -t 2 -p 1 -e).</summary>
    private const string Reference = "$argon2id$v=19$m=19456,t=2,p=1$" + Salt + "$" + Tag;

    [Theory]
    [InlineData(Reference, "password", true)]
    [InlineData(Reference, "Password", false)]
    [InlineData(Reference, "", false)]
    [InlineData(
        "$argon2id$v=19$m=8,t=1,p=1$PSMkIGFiY2RlZmdoaWprbA" +
        "$7al6Emhp0kkRsAV2ZcMMBvRa2I0NN8xJ1oQoLhOMpOHFgoICC/Y7U0+Yj4neMjzpxT80wZZA64GpfMdU0GYJDg",
        "zoë",
        true)]
    public void HASH_OfTheReferenceImplementation_IsVerified(string phc, string password, bool isGood)
    {
        var hash = PasswordHash.Parse(phc);
        Assert.Equal(isGood, hash.Verify(password));
        Assert.Equal(isGood, hash.Verify(Encoding.UTF8.GetBytes(password)));
        Assert.Equal(phc, hash.ToPhc());
    }

    [Fact]
    public void HASH_Create_VerifiesThePasswordAndHasASaltOfItsOwn()
    {
        var parameters = new PasswordHashParameters(64, 1);
        var one = PasswordHash.Create("secret", parameters);
        var two = PasswordHash.Create("secret"u8, parameters);
        Assert.NotEqual(one.ToPhc(), two.ToPhc());
        Assert.StartsWith("$argon2id$v=19$m=64,t=1,p=1$", one.ToPhc(), StringComparison.Ordinal);
        Assert.True(PasswordHash.Parse(one.ToPhc()).Verify("secret"));
        Assert.True(two.Verify("secret"));
        Assert.False(two.Verify("secreT"));
    }

    [Fact]
    public void HASH_Default_IsTheFirstChoiceOfOwasp()
    {
        Assert.Equal((19_456, 2), (PasswordHashParameters.Default.MemoryKiB, PasswordHashParameters.Default.Passes));
        var hash = PasswordHash.Create("secret");
        Assert.Equal(PasswordHashParameters.Default, hash.Parameters);
        Assert.False(hash.NeedsRehash());
        Assert.True(hash.NeedsRehash(new PasswordHashParameters(65_536, 3)));
    }

    [Fact]
    public void HASH_OfAnotherLength_NeedsRehash() =>
        Assert.True(PasswordHash.Parse("$argon2id$v=19$m=8,t=1,p=1$PSMkIGFiY2RlZmdoaWprbA$AAAAAAAAAAAAAAAAAAAAAA")
            .NeedsRehash(new PasswordHashParameters(8, 1)));

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("$argon2id$")]
    [InlineData("argon2id$v=19$m=64,t=1,p=1$" + Salt + "$" + Tag)]
    [InlineData(" $argon2id$v=19$m=64,t=1,p=1$" + Salt + "$" + Tag)]
    [InlineData("$argon2i$v=19$m=64,t=1,p=1$" + Salt + "$77X1OtRH9olx3G9mXHJJzKWqXxbc1sXyAxQFftkk7VM")]
    [InlineData("$argon2id$m=64,t=1,p=1$" + Salt + "$" + Tag)]
    [InlineData("$argon2id$v=16$m=64,t=1,p=1$" + Salt + "$" + Tag)]
    [InlineData("$argon2id$v=19$m=64,t=1$" + Salt + "$" + Tag)]
    [InlineData("$argon2id$v=19$t=1,m=64,p=1$" + Salt + "$" + Tag)]
    [InlineData("$argon2id$v=19$m=64,t=1,p=4$" + Salt + "$nrbVveCyOJGsLPFme+VHTcq3tyr7ER9/kJoJsVK6sUo")]
    [InlineData("$argon2id$v=19$m=64,t=1,p=1,keyid=a$" + Salt + "$" + Tag)]
    [InlineData("$argon2id$v=19$m=064,t=1,p=1$" + Salt + "$" + Tag)]
    [InlineData("$argon2id$v=19$m=+64,t=1,p=1$" + Salt + "$" + Tag)]
    [InlineData("$argon2id$v=19$m= 64,t=1,p=1$" + Salt + "$" + Tag)]
    [InlineData("$argon2id$v=19$m=,t=1,p=1$" + Salt + "$" + Tag)]
    [InlineData("$argon2id$v=19$m=64\0,t=1,p=1$" + Salt + "$" + Tag)]
    [InlineData("$argon2id$v=19$m=64,t=1\0\0,p=1$" + Salt + "$" + Tag)]
    [InlineData("$argon2id$v=19$m=٦٤,t=1,p=1$" + Salt + "$" + Tag)]
    [InlineData("$argon2id$v=19$m=7,t=1,p=1$" + Salt + "$" + Tag)]
    [InlineData("$argon2id$v=19$m=64,t=0,p=1$" + Salt + "$" + Tag)]
    [InlineData("$argon2id$v=19$m=262145,t=1,p=1$" + Salt + "$" + Tag)]
    [InlineData("$argon2id$v=19$m=262144,t=5,p=1$" + Salt + "$" + Tag)]
    [InlineData("$argon2id$v=19$m=8,t=999999999,p=1$" + Salt + "$" + Tag)]
    [InlineData("$argon2id$v=19$m=99999999999999999999,t=1,p=1$" + Salt + "$" + Tag)]
    [InlineData("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$" + Tag)]
    [InlineData("$argon2id$v=19$m=64,t=1,p=1$" + Salt + "==$" + Tag)]
    [InlineData("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdB$" + Tag)]
    [InlineData("$argon2id$v=19$m=64,t=1,p=1$" + Salt + "$")]
    [InlineData("$argon2id$v=19$m=64,t=1,p=1$" + Salt + "$AAAA")]
    [InlineData("$argon2id$v=19$m=64,t=1,p=1$" + Salt + "$" + Tag + "AA")]
    [InlineData("$argon2id$v=19$m=64,t=1,p=1$" + Salt + "$" + Tag + "$")]
    [InlineData("$argon2id$v=19$m=64,t=1,p=1$" + Salt + "$K13EBUiG7JV_9ZxztmHFTdb7J0WQsnj2V8bZaqyPptE")]
    public void HASH_AnythingElse_IsRefusedWithoutQuotingIt(string text)
    {
        Assert.False(PasswordHash.TryParse(text, out _));
        var error = Assert.Throws<FormatException>(() => PasswordHash.Parse(text));
        Assert.NotEmpty(error.Message);
        Assert.DoesNotContain(Salt, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void HASH_VeryLongText_IsRefused() =>
        Assert.False(PasswordHash.TryParse(Reference + new string('A', 1_000_000), out _));

    [Theory]
    [InlineData(7, 1)]
    [InlineData(PasswordHashParameters.MaxMemoryKiB + 1, 1)]
    [InlineData(64, 0)]
    [InlineData(PasswordHashParameters.MaxMemoryKiB, 5)]
    public void HASH_ParametersOutOfRange_AreRefused(int memoryKiB, int passes) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PasswordHashParameters(memoryKiB, passes));

    [Fact]
    public void HASH_ToString_ShowsNeitherSaltNorHash()
    {
        var shown = PasswordHash.Parse(Reference).ToString();
        Assert.DoesNotContain(Salt, shown, StringComparison.Ordinal);
        Assert.DoesNotContain(Tag, shown, StringComparison.Ordinal);
    }

    [Fact]
    public void HASH_HalfASurrogatePair_IsAnErrorThatDoesNotShowIt()
    {
        var error = Assert.Throws<ArgumentException>(() => PasswordHash.Create("x\uD800"));
        Assert.Null(error.InnerException);
    }

    /// <summary>A password in clear text may begin with "$", too: no part of it may stay behind in a string.</summary>
    [Fact]
    public void HASH_TextThatBeginsAsOne_IsJudgedWithoutAString()
    {
        Assert.True(PhcText.IsHash("$argon2id$v=19"u8));
        Assert.True(PhcText.IsHash("$2$"u8));
        Assert.False(PhcText.IsHash("$2c$"u8));
        Assert.False(PhcText.IsHash("$$argon2id$"u8));
        Assert.False(PhcText.IsHash("$argon2id"u8));
        Assert.Equal(0, OwnAllocations.LeastOf(() => Assert.False(PhcText.IsHash("$hunter2$"u8))));
    }
}
