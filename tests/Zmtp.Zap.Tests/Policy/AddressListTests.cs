using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>What was put on the lists can be taken out again, and nobody is let in by mistake.</summary>
public sealed class AddressListTests : IDisposable
{
    private readonly Authenticator _authenticator = new();

    public void Dispose() => _authenticator.Dispose();

    [Fact]
    public async Task ADDRESS_RemovedFromTheAllowed_IsRefusedInWhateverSpelling()
    {
        _authenticator.Allow("10.0.0.0/8", "127.0.0.1", "2001:db8::/32");
        _authenticator.RemoveAllowed("::ffff:10.0.0.0/104", "2001:DB8:0::/32", "192.168.0.1");
        Assert.False(await IsLetIn("10.0.0.1"));
        Assert.False(await IsLetIn("2001:db8::1"));
        Assert.True(await IsLetIn("127.0.0.1"));
    }

    [Fact]
    public async Task ADDRESS_LastAllowedRemoved_LetsNobodyInUntilTheListsAreCleared()
    {
        _authenticator.Allow("127.0.0.1");
        _authenticator.RemoveAllowed("127.0.0.1");
        Assert.False(await IsLetIn("127.0.0.1"));
        Assert.False(await IsLetIn("10.0.0.1"));
        Assert.False(await IsLetIn(""));
        _authenticator.ClearAddresses();
        Assert.True(await IsLetIn("10.0.0.1"));
        _authenticator.RemoveAllowed("127.0.0.1");
        Assert.True(await IsLetIn("10.0.0.1"));
    }

    /// <summary>No other list is there: not one of the domain itself, nor one of allowed addresses anywhere.</summary>
    [Theory]
    [InlineData("a")]
    [InlineData("*")]
    [InlineData("")]
    public async Task ADDRESS_DeniedInTheStarAndNothingElse_IsRefusedInEachDomain(string domain)
    {
        _authenticator.DenyIn("*", "10.0.0.66");
        Assert.False(await IsLetIn("10.0.0.66", domain));
        Assert.True(await IsLetIn("10.0.0.1", domain));
        _authenticator.AllowIn(domain.Length == 0 ? "b" : "", "10.0.0.66");
        Assert.False(await IsLetIn("10.0.0.66", domain));
    }

    [Fact]
    public async Task ADDRESS_NoneToAllow_IsAnErrorAndChangesNothing()
    {
        // Whoever gives a list that came out empty means that nobody may come in, and everybody would.
        string[] none = [];
        var error = Assert.Throws<ArgumentException>(() => _authenticator.Allow(none));
        Assert.Equal("addresses", error.ParamName);
        Assert.Contains("Name at least one address", error.Message, StringComparison.Ordinal);
        Assert.Contains("ReplaceAllowed", error.Message, StringComparison.Ordinal);
        Assert.True(await IsLetIn("10.0.0.1"));
        _authenticator.AllowIn("a", "10.0.0.1");
        error = Assert.Throws<ArgumentException>(() => _authenticator.AllowIn("a", none));
        Assert.Contains("ReplaceAllowedIn", error.Message, StringComparison.Ordinal);
        Assert.True(await IsLetIn("10.0.0.1", "a"));
        Assert.False(await IsLetIn("10.0.0.2", "a"));
    }

    [Fact]
    public async Task ADDRESS_ListOfTheApplication_IsTakenAsItIs()
    {
        List<string> allowed = ["10.0.0.1", "10.0.0.2"];
        _authenticator.Allow(allowed);
        _authenticator.DenyIn("test", allowed.Where(address => address.EndsWith('2')));
        Assert.True(await IsLetIn("10.0.0.1"));
        Assert.False(await IsLetIn("10.0.0.2"));
        Assert.False(await IsLetIn("10.0.0.3"));
        allowed.Add(null!);
        Assert.Throws<ArgumentNullException>(() => _authenticator.ReplaceAllowed(allowed));
        Assert.True(await IsLetIn("10.0.0.1"));
    }

    [Fact]
    public async Task ADDRESS_RemovedFromTheDenied_IsLetInAgain()
    {
        _authenticator.Deny("10.0.0.1", "10.0.0.2");
        _authenticator.RemoveDenied("::ffff:10.0.0.1");
        Assert.True(await IsLetIn("10.0.0.1"));
        Assert.False(await IsLetIn("10.0.0.2"));
    }

    [Fact]
    public async Task ADDRESS_PartOfABlockRemoved_ChangesNothing()
    {
        _authenticator.Deny("10.0.0.0/8");
        _authenticator.RemoveDenied("10.0.0.1");
        Assert.False(await IsLetIn("10.0.0.1"));
    }

    [Fact]
    public async Task ADDRESS_ListsReplaced_HoldAlone()
    {
        _authenticator.Allow("10.0.0.1");
        _authenticator.Deny("10.0.0.3");
        _authenticator.ReplaceAllowed("10.0.0.2", "10.0.0.3");
        Assert.False(await IsLetIn("10.0.0.1"));
        Assert.True(await IsLetIn("10.0.0.2"));
        Assert.False(await IsLetIn("10.0.0.3"));
        _authenticator.ReplaceDenied("10.0.0.2");
        Assert.False(await IsLetIn("10.0.0.2"));
        Assert.True(await IsLetIn("10.0.0.3"));
        _authenticator.ReplaceDenied();
        Assert.True(await IsLetIn("10.0.0.2"));
        _authenticator.ReplaceAllowed();
        Assert.False(await IsLetIn("10.0.0.2"));
    }

    [Fact]
    public async Task ADDRESS_ListsOfADomain_ChangeThereAndFallBackWhenCleared()
    {
        _authenticator.AllowIn("*", "10.0.0.1");
        _authenticator.AllowIn("a", "10.0.0.2");
        _authenticator.DenyIn("a", "10.0.0.3");
        _authenticator.ReplaceAllowedIn("a", "10.0.0.3", "10.0.0.4");
        _authenticator.RemoveDeniedIn("a", "10.0.0.3");
        Assert.True(await IsLetIn("10.0.0.3", "a"));
        Assert.False(await IsLetIn("10.0.0.2", "a"));
        _authenticator.RemoveAllowedIn("a", "10.0.0.3");
        Assert.False(await IsLetIn("10.0.0.3", "a"));
        Assert.True(await IsLetIn("10.0.0.4", "a"));
        _authenticator.ReplaceDeniedIn("a", "10.0.0.4");
        Assert.False(await IsLetIn("10.0.0.4", "a"));
        Assert.True(await IsLetIn("10.0.0.1", "b"));
        _authenticator.ClearAddressesIn("a");
        Assert.True(await IsLetIn("10.0.0.1", "a"));
        Assert.False(await IsLetIn("10.0.0.4", "a"));
    }

    [Fact]
    public async Task ADDRESS_VerbsOfADomainThatChangeNothing_LeaveItWithTheListsOfTheRest()
    {
        _authenticator.AllowIn("*", "10.0.0.0/8");
        _authenticator.DenyIn("*", "10.0.0.66");
        Action<string>[] verbs =
        [
            domain => _authenticator.DenyIn(domain),
            domain => _authenticator.RemoveAllowedIn(domain), domain => _authenticator.RemoveAllowedIn(domain, "10.0.0.0/8"),
            domain => _authenticator.RemoveDeniedIn(domain), domain => _authenticator.RemoveDeniedIn(domain, "10.0.0.66"),
            domain => _authenticator.ReplaceDeniedIn(domain), domain => _authenticator.ClearAddressesIn(domain),
        ];
        for (var i = 0; i < verbs.Length; i++)
        {
            var domain = $"orders{i}";
            verbs[i](domain);
            Assert.True(await IsLetIn("10.0.0.1", domain), domain);
            Assert.False(await IsLetIn("10.0.0.66", domain), domain);
            Assert.False(await IsLetIn("11.0.0.1", domain), domain);
        }
    }

    [Fact]
    public async Task ADDRESS_DeniedInADomain_NeverLetsMoreIn()
    {
        _authenticator.AllowIn("*", "10.0.0.0/8");
        _authenticator.DenyIn("*", "10.0.0.66");
        _authenticator.DenyIn("orders", "10.0.0.13");
        Assert.True(await IsLetIn("10.0.0.1", "orders"));
        Assert.False(await IsLetIn("10.0.0.13", "orders"));
        Assert.False(await IsLetIn("10.0.0.66", "orders"));
        Assert.False(await IsLetIn("11.0.0.1", "orders"));
        Assert.False(await IsLetIn("", "orders"));
        Assert.True(await IsLetIn("10.0.0.13", "rest"));
        _authenticator.RemoveDeniedIn("orders", "10.0.0.13", "10.0.0.66");
        Assert.True(await IsLetIn("10.0.0.13", "orders"));
        Assert.False(await IsLetIn("10.0.0.66", "orders"));
        Assert.False(await IsLetIn("11.0.0.1", "orders"));
        _authenticator.ReplaceDeniedIn("orders", "10.0.0.14");
        Assert.False(await IsLetIn("10.0.0.66", "orders"));
        Assert.False(await IsLetIn("11.0.0.1", "orders"));
    }

    [Fact]
    public async Task ADDRESS_AllowedInADomain_StandsInPlaceOfTheRestsAllowedAndNotOfItsDenied()
    {
        _authenticator.AllowIn("*", "10.0.0.0/8");
        _authenticator.DenyIn("*", "192.168.0.66");
        _authenticator.AllowIn("orders", "192.168.0.0/16");
        Assert.True(await IsLetIn("192.168.0.1", "orders"));
        Assert.False(await IsLetIn("192.168.0.66", "orders"));
        Assert.False(await IsLetIn("10.0.0.1", "orders"));
    }

    [Fact]
    public async Task ADDRESS_LastAllowedOfADomainRemoved_LetsNobodyInUntilItsListsAreCleared()
    {
        _authenticator.AllowIn("*", "10.0.0.0/8");
        _authenticator.AllowIn("removed", "10.0.0.1");
        _authenticator.RemoveAllowedIn("removed", "10.0.0.1");
        _authenticator.ReplaceAllowedIn("replaced");
        foreach (var domain in (string[])["removed", "replaced"])
        {
            Assert.False(await IsLetIn("10.0.0.1", domain), domain);
            Assert.False(await IsLetIn("", domain), domain);
            _authenticator.ClearAddressesIn(domain);
            Assert.True(await IsLetIn("10.0.0.1", domain), domain);
            Assert.False(await IsLetIn("11.0.0.1", domain), domain);
        }
    }

    [Fact]
    public void ADDRESS_NotAnAddress_IsRefusedByEveryVerb()
    {
        Action<string>[] verbs =
        [
            text => _authenticator.RemoveAllowed(text), text => _authenticator.RemoveDenied(text),
            text => _authenticator.ReplaceAllowed(text), text => _authenticator.ReplaceDenied(text),
            text => _authenticator.RemoveAllowedIn("a", text), text => _authenticator.RemoveDeniedIn("a", text),
            text => _authenticator.ReplaceAllowedIn("a", text), text => _authenticator.ReplaceDeniedIn("a", text),
        ];
        foreach (var verb in verbs) Assert.Throws<ArgumentException>(() => verb("localhost"));
    }

    private async Task<bool> IsLetIn(string address, string domain = "test")
    {
        var result = await _authenticator.AuthenticateAsync(Frames.Null(domain, address), TestTimeout.Token).WithinAsync();
        result.Admission?.Dispose();
        return result.Status == AuthenticationStatus.Success;
    }
}
