using Zmtp.Security;
using Zmtp.Testing.Searching;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

public sealed class AddressTests
{
    [Theory]
    [Spec("ZAP-13")]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "127.0.0.2", false)]
    [InlineData("127.0.0.1", "::1", false)]
    [InlineData("127.0.0.1", "::ffff:127.0.0.1", true)]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1", true)]
    [InlineData("::ffff:7f00:1", "127.0.0.1", true)]
    [InlineData("10.0.0.0/8", "10.255.255.255", true)]
    [InlineData("10.0.0.0/8", "11.0.0.0", false)]
    [InlineData("10.0.0.0/8", "9.255.255.255", false)]
    [InlineData("::ffff:10.0.0.0/104", "10.1.2.3", true)]
    [InlineData("::ffff:10.0.0.0/104", "11.1.2.3", false)]
    [InlineData("192.168.16.0/20", "192.168.31.255", true)]
    [InlineData("192.168.16.0/20", "192.168.32.0", false)]
    [InlineData("192.168.1.7/32", "192.168.1.7", true)]
    [InlineData("192.168.1.7/32", "192.168.1.6", false)]
    [InlineData("192.168.1.6/31", "192.168.1.7", true)]
    [InlineData("0.0.0.0/0", "255.255.255.255", true)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    [InlineData("::/0", "10.0.0.1", false)]
    [InlineData("::1", "::1", true)]
    [InlineData("::1", "0:0:0:0:0:0:0:1", true)]
    [InlineData("2001:DB8::1", "2001:db8::1", true)]
    [InlineData("2001:db8::/32", "2001:db8:ffff::1", true)]
    [InlineData("2001:db8::/32", "2001:db9::1", false)]
    [InlineData("2001:db8::/33", "2001:db8:8000::1", false)]
    [InlineData("fe80::/10", "fe80::1%eth0", true)]
    [InlineData("fe80::1", "fe80::1%2", true)]
    public async Task ADDRESS_Range_HoldsWhatItSays(string range, string peer, bool isIn)
    {
        using var allowing = new Authenticator(Searched.Log);
        allowing.Allow(range);
        Assert.Equal(isIn, await IsLetIn(allowing, peer));
        using var denying = new Authenticator(Searched.Log);
        denying.Deny(range);
        Assert.Equal(!isIn, await IsLetIn(denying, peer));
    }

    [Theory]
    [InlineData("localhost", "Names are not looked up")]
    [InlineData("example.org/24", "Names are not looked up")]
    [InlineData("", "Names are not looked up")]
    [InlineData("*", "Names are not looked up")]
    [InlineData("127.0.0.1:5555", "Names are not looked up")]
    [InlineData("[::1]", "Names are not looked up")]
    [InlineData("127.1", "Did you mean 127.0.0.1?")]
    [InlineData("1", "Did you mean 0.0.0.1?")]
    [InlineData("010.0.0.1", "Did you mean 8.0.0.1?")]
    [InlineData("0x7f.0.0.1", "Did you mean 127.0.0.1?")]
    [InlineData("10.0.0.1/8", "Did you mean 10.0.0.0/8?")]
    [InlineData("2001:db8::1/32", "Did you mean 2001:db8::/32?")]
    [InlineData("10.0.0.0/33", "0 to 32")]
    [InlineData("10.0.0.0/-1", "0 to 32")]
    [InlineData("10.0.0.0/", "0 to 32")]
    [InlineData("10.0.0.0/ 8", "0 to 32")]
    [InlineData("10.0.0.0/255.0.0.0", "0 to 32")]
    [InlineData("10.0.0.0/8\0", "0 to 32")]
    [InlineData("10.0.0.0/٨", "0 to 32")]
    [InlineData("10.0.0.1\0", "Names are not looked up")]
    [InlineData("::1\0", "Names are not looked up")]
    [InlineData("::/129", "0 to 128")]
    [InlineData("::ffff:10.0.0.010", "Write all four parts in decimal")]
    [InlineData("::ffff:010.0.0.1", "not an IP address")]
    [InlineData("64:ff9b::10.0.0.012", "Write all four parts in decimal")]
    [InlineData("::ffff:10.0.0.020/124", "Write all four parts in decimal")]
    [InlineData("::ffff:0:0/90", "larger than all of IPv4")]
    [InlineData("fe80::1%eth0", "zone")]
    public async Task ADDRESS_NotAnAddress_IsRefusedWithAHintAndChangesNothing(string text, string hint)
    {
        using var authenticator = new Authenticator(Searched.Log);
        var error = Assert.Throws<ArgumentException>(() => authenticator.Allow("10.9.9.9", text));
        Assert.Contains(hint, error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => authenticator.Deny(text));
        Assert.Throws<ArgumentException>(() => authenticator.AllowIn("d", text));
        Assert.Throws<ArgumentException>(() => authenticator.DenyIn("d", text));
        Assert.True(await IsLetIn(authenticator, "127.0.0.1"));
    }

    [Fact]
    public async Task ADDRESS_DenyAppliesEvenWhenAllowed()
    {
        using var authenticator = new Authenticator(Searched.Log);
        authenticator.Allow("10.0.0.0/8");
        authenticator.Deny("10.1.0.0/16");
        Assert.True(await IsLetIn(authenticator, "10.2.0.1"));
        Assert.False(await IsLetIn(authenticator, "10.1.0.1"));
        Assert.False(await IsLetIn(authenticator, "11.0.0.1"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost:1000:1000:4242")]
    public async Task ADDRESS_PeerWithoutOne_IsLetInOnlyWithoutAnAllowList(string address)
    {
        using var authenticator = new Authenticator(Searched.Log);
        Assert.True(await IsLetIn(authenticator, address));
        authenticator.Deny("10.0.0.1");
        Assert.Equal(address.Length == 0, await IsLetIn(authenticator, address));
        authenticator.Allow("127.0.0.1");
        Assert.False(await IsLetIn(authenticator, address));
    }

    [Fact]
    public async Task ADDRESS_DomainLists_HoldInTheirDomainBesideTheGlobalOnes()
    {
        using var authenticator = new Authenticator(Searched.Log);
        authenticator.DenyIn("inner", "10.0.0.1");
        authenticator.AllowIn("inner", "10.0.0.0/24");
        authenticator.AllowIn("*", "10.0.0.0/8");
        Assert.False(await IsLetIn(authenticator, "10.0.0.1", "inner"));
        Assert.True(await IsLetIn(authenticator, "10.0.0.2", "inner"));
        Assert.False(await IsLetIn(authenticator, "10.0.1.1", "inner"));
        Assert.True(await IsLetIn(authenticator, "10.0.0.1", "outer"));
        Assert.True(await IsLetIn(authenticator, "10.0.1.1", ""));
        Assert.False(await IsLetIn(authenticator, "11.0.0.1", "outer"));
        authenticator.Deny("10.0.0.2");
        Assert.False(await IsLetIn(authenticator, "10.0.0.2", "inner"));
        Assert.False(await IsLetIn(authenticator, "10.0.0.2", "outer"));
    }

    private static async Task<bool> IsLetIn(Authenticator authenticator, string address, string domain = "test")
    {
        var result = await authenticator.AuthenticateAsync(Frames.Null(domain, address), TestTimeout.Token).WithinAsync();
        return result.Status == AuthenticationStatus.Success;
    }
}
