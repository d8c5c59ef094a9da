using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

public sealed class ConnectionLimitTests : IDisposable
{
    private readonly Authenticator _authenticator = new();

    public void Dispose() => _authenticator.Dispose();

    [Fact]
    [Spec("ZAP-26")]
    public async Task LIMIT_PerAddress_OneMoreIs300UntilOneLeaves()
    {
        _authenticator.LimitConnections(perAddress: 2, perUserId: null);
        using var first = await Stay.BeginAsync(_authenticator, Frames.Null("a", "10.0.0.1"));
        using var second = await Stay.BeginAsync(_authenticator, Frames.Null("b", "::ffff:10.0.0.1"));
        var refused = await Ask(Frames.Null("a", "10.0.0.1"));
        Assert.Equal(AuthenticationStatus.TemporaryError, refused.Status);
        Assert.Contains("10.0.0.1", refused.Text, StringComparison.Ordinal);
        using var other = await Stay.BeginAsync(_authenticator, Frames.Null("a", "10.0.0.2"));
        first.Dispose();
        using var third = await Stay.BeginAsync(_authenticator, Frames.Null("a", "10.0.0.1"));
        Assert.Equal(3, _authenticator.PeerCount);
    }

    [Fact]
    public async Task LIMIT_PerAddress_CountsIpv6ByItsNetworkAndPeersWithoutAnAddressNotAtAll()
    {
        _authenticator.LimitConnections(perAddress: 1, perUserId: 1);
        using var first = await Stay.BeginAsync(_authenticator, Frames.Null("a", "2001:db8::1"));
        Assert.Equal(AuthenticationStatus.TemporaryError, (await Ask(Frames.Null("a", "2001:db8::ffff:1"))).Status);
        using var next = await Stay.BeginAsync(_authenticator, Frames.Null("a", "2001:db8:0:1::1"));
        using var local = await Stay.BeginAsync(_authenticator, Frames.Null("a", ""));
        using var alsoLocal = await Stay.BeginAsync(_authenticator, Frames.Null("a", ""));
    }

    /// <summary>A host may have all of its /64 for itself, to the last bit of it, and nothing of the next one.</summary>
    [Theory]
    [InlineData("2001:db8:0:0:8000::", "2001:db8:0:0:7fff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8:0:0::", "2001:db8:0:1::", false)]
    public async Task LIMIT_PerAddress_TheNetworkOfIpv6EndsAt64Bits(string one, string another, bool areOne)
    {
        _authenticator.LimitConnections(perAddress: 1, perUserId: null);
        using var first = await Stay.BeginAsync(_authenticator, Frames.Null("a", one));
        using var second = (await Ask(Frames.Null("a", another))).Admission;
        Assert.Equal(areOne, second is null);
    }

    /// <summary>All links have the network fe80::/64, and all hosts of a link share it.</summary>
    [Theory]
    [InlineData("fe80::1%2", "fe80::2%2", "fe80::1%3")]
    [InlineData("fe80::1", "fe80::2", "fe80::3")]
    public async Task LIMIT_PerAddress_CountsEachLinkLocalAddressOfEachLink(params string[] hosts)
    {
        _authenticator.LimitConnections(perAddress: 1, perUserId: null);
        var stays = new List<Stay>();
        foreach (var host in hosts)
        {
            stays.Add(await Stay.BeginAsync(_authenticator, Frames.Null("a", host)));
            Assert.Equal(AuthenticationStatus.TemporaryError, (await Ask(Frames.Null("a", host))).Status);
        }

        foreach (var stay in stays) stay.Dispose();
    }

    [Fact]
    public async Task LIMIT_PerUserId_HoldsForEachUser()
    {
        _authenticator.ConfigureCurve("*", CurveClients.AllowAny);
        _authenticator.LimitConnections(perAddress: null, perUserId: 1);
        using var first = await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Number(1).AsSpan(), "a"));
        Assert.Equal(AuthenticationStatus.TemporaryError, (await Ask(Frames.Curve(Keys.Number(1).AsSpan(), "b", "10.0.0.2"))).Status);
        using var other = await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Number(2).AsSpan()));
    }

    [Fact]
    public async Task LIMIT_InADomain_CountsThatDomainAlone()
    {
        _authenticator.LimitConnectionsIn("a", perAddress: 1, perUserId: null);
        _authenticator.LimitConnectionsIn("*", perAddress: 2, perUserId: null);
        _authenticator.LimitConnections(perAddress: 4, perUserId: null);
        using var one = await Stay.BeginAsync(_authenticator, Frames.Null("a"));
        Assert.Equal(AuthenticationStatus.TemporaryError, (await Ask(Frames.Null("a"))).Status);
        using var two = await Stay.BeginAsync(_authenticator, Frames.Null("b"));
        using var three = await Stay.BeginAsync(_authenticator, Frames.Null("b"));
        Assert.Equal(AuthenticationStatus.TemporaryError, (await Ask(Frames.Null("b"))).Status);
        using var four = await Stay.BeginAsync(_authenticator, Frames.Null("c"));
        Assert.Equal(AuthenticationStatus.TemporaryError, (await Ask(Frames.Null("c"))).Status);
    }

    [Fact]
    public async Task LIMIT_PerUserIdInADomain_CountsThatDomainAlone()
    {
        _authenticator.ConfigureCurve("*", CurveClients.AllowAny);
        _authenticator.LimitConnectionsIn("*", perAddress: null, perUserId: 1);
        using var one = await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Number(1).AsSpan(), "a"));
        using var elsewhere = await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Number(1).AsSpan(), "b"));
        var refused = await Ask(Frames.Curve(Keys.Number(1).AsSpan(), "a"));
        Assert.Equal(AuthenticationStatus.TemporaryError, refused.Status);
        Assert.Contains("in domain \"a\"", refused.Text, StringComparison.Ordinal);
    }

    /// <summary>Addresses and user ids are as many as strangers like; what is kept of them must not be.</summary>
    [Fact]
    public async Task LIMIT_PeersThatAreGone_AreForgotten()
    {
        _authenticator.ConfigureCurve("*", CurveClients.AllowAny);
        _authenticator.LimitConnections(perAddress: 1, perUserId: 1);
        var stay = await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Number(1).AsSpan(), "a", "10.9.8.7"));
        var userId = Keys.Number(1).ToString();
        Assert.True(Held.Holds(_authenticator, "10.9.8.7") && Held.Holds(_authenticator, userId));
        stay.Dispose();
        Assert.False(Held.Holds(_authenticator, "10.9.8.7") || Held.Holds(_authenticator, userId));
    }

    [Fact]
    public async Task LIMIT_RemovedFromADomain_IsThatOfTheStarAndThenNone()
    {
        _authenticator.LimitConnectionsIn("a", perAddress: 1, perUserId: null);
        _authenticator.LimitConnectionsIn("*", perAddress: 2, perUserId: null);
        using var one = await Stay.BeginAsync(_authenticator, Frames.Null("a"));
        Assert.Equal(AuthenticationStatus.TemporaryError, (await Ask(Frames.Null("a"))).Status);
        _authenticator.RemoveLimitsIn("a");
        using var two = await Stay.BeginAsync(_authenticator, Frames.Null("a"));
        Assert.Equal(AuthenticationStatus.TemporaryError, (await Ask(Frames.Null("a"))).Status);
        _authenticator.RemoveLimitsIn("*");
        using var three = await Stay.BeginAsync(_authenticator, Frames.Null("a"));

        // Those of all domains together are others.
        _authenticator.LimitConnections(perAddress: 3, perUserId: null);
        _authenticator.RemoveLimitsIn("*");
        _authenticator.RemoveLimitsIn("never limited");
        Assert.Equal(AuthenticationStatus.TemporaryError, (await Ask(Frames.Null("a"))).Status);
        Assert.Equal(0, await _authenticator.RecheckAsync(TestTimeout.Token).WithinAsync());
    }

    [Fact]
    public void LIMIT_RemovedAfterDisposeOrOfNoDomain_IsRefused()
    {
        Assert.Throws<ArgumentNullException>(() => _authenticator.RemoveLimitsIn(null!));
        _authenticator.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _authenticator.RemoveLimitsIn("a"));
    }

    [Fact]
    public async Task LIMIT_SetLater_CountsThoseWhoAreThereAndSendsNobodyAway()
    {
        using var one = await Stay.BeginAsync(_authenticator, Frames.Null());
        using var two = await Stay.BeginAsync(_authenticator, Frames.Null());
        _authenticator.LimitConnections(perAddress: 1, perUserId: null);
        Assert.Equal(0, await _authenticator.RecheckAsync(TestTimeout.Token).WithinAsync());
        Assert.Equal(AuthenticationStatus.TemporaryError, (await Ask(Frames.Null())).Status);
        one.Dispose();
        Assert.Equal(AuthenticationStatus.TemporaryError, (await Ask(Frames.Null())).Status);
        two.Dispose();
        using var three = await Stay.BeginAsync(_authenticator, Frames.Null());
        Assert.False(three.IsRevoked);
    }

    [Fact]
    public async Task LIMIT_ManyAtOnce_LetsInExactlyAsManyAsMayCome()
    {
        _authenticator.LimitConnections(perAddress: 10, perUserId: null);
        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => Ask(Frames.Null())))).WithinAsync();
        Assert.Equal(10, results.Count(result => result.Status == AuthenticationStatus.Success));
        Assert.Equal(190, results.Count(result => result.Status == AuthenticationStatus.TemporaryError));
        foreach (var result in results) result.Admission?.Dispose();
        Assert.Equal(0, _authenticator.PeerCount);
    }

    [Fact]
    public void LIMIT_LessThanOne_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _authenticator.LimitConnections(0, null));
        Assert.Throws<ArgumentOutOfRangeException>(() => _authenticator.LimitConnections(null, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => _authenticator.LimitConnectionsIn("a", -1, null));
    }

    private Task<AuthenticationResult> Ask(AuthenticationRequest request) =>
        _authenticator.AuthenticateAsync(request, TestTimeout.Token).WithinAsync();
}
