using Xunit;
using Zmtp.Security;

namespace Zmtp.Core.Tests.Security;

public sealed class AuthenticationResultTests
{
    [Fact]
    public void RESULT_UserIdOfMoreOctetsThanAZapReplyHolds_IsRefusedWhereItIsGiven()
    {
        Assert.Equal(255, AuthenticationResult.Success(new string('u', 255)).UserId.Length);
        foreach (var tooLong in (string[])[new string('u', 256), new string('é', 128)])
        {
            var error = Assert.Throws<ArgumentException>(() => AuthenticationResult.Success(tooLong));
            Assert.Equal("userId", error.ParamName);
            Assert.Contains("has 256 octets of UTF-8", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void RESULT_UserIdWithoutUtf8Form_IsRefused()
    {
        // In a reply it would be another's name.
        var error = Assert.Throws<ArgumentException>(() => AuthenticationResult.Success("joe\ud800"));
        Assert.Equal("userId", error.ParamName);
    }

    [Fact]
    public void RESULT_MetadataOfMorePropertiesThanAZapReplyMayHave_AreRefusedWhereTheyAreGiven()
    {
        Assert.Equal(256, AuthenticationResult.Success(metadata: Properties(256)).Metadata.Count);
        using var admission = new Admission();
        var error = Assert.Throws<ArgumentException>(() => AuthenticationResult.Success("joe", Properties(257), admission));
        Assert.Equal("metadata", error.ParamName);
        Assert.Contains("257 properties", error.Message, StringComparison.Ordinal);
        Assert.Contains("256", error.Message, StringComparison.Ordinal);
        Assert.False(admission.IsOver);
    }

    private static ZmtpMetadata Properties(int count) =>
        ZmtpMetadata.OfText([.. Enumerable.Range(0, count).Select(static i => ($"a{i}", "x"))]);
}
