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
}
