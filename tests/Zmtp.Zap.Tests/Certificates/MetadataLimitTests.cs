using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Wire;

namespace Zmtp.Zap.Tests;

/// <summary>
/// A ZAP reply with more properties than are read refuses the peer, whoever it is: a certificate with as many is told of where it is loaded,
/// and lets in nobody either where no reply is needed.
/// </summary>
public sealed class MetadataLimitTests : CertificateStoreRig
{
    private const int Most = MetadataCodec.MaxProperties;

    // ZPL knows names that are no property names: they do not count.
    private static readonly string Unusable = string.Concat(Enumerable.Range(0, 10).Select(i => $"    a/{i} = \"x\"\n"));

    [Fact]
    public async Task STORE_CertificateWithAsManyPropertiesAsAreRead_ComesInBothWays()
    {
        Directory.Write("one", Keys.File(One, Lines(Most) + Unusable));
        using var store = Open();
        Assert.Empty(store.Problems);
        using var authenticator = new Authenticator();
        authenticator.ConfigureCurve("*", store);
        foreach (var way in BothWays(authenticator))
        {
            var result = await way.AuthenticateAsync(Frames.Curve(One.AsSpan()), TestTimeout.Token).WithinAsync();
            result.Admission?.Dispose();
            Assert.Equal((AuthenticationStatus.Success, Most), (result.Status, result.Metadata.Count));
        }
    }

    [Fact]
    public async Task STORE_CertificateWithMorePropertiesThanAreRead_IsAProblemOfItsFile()
    {
        Directory.Write("one", Keys.File(One, Lines(Most + 1)));
        Directory.Write("two", Keys.File(Two));
        using var store = Open();
        var problem = Assert.Single(store.Problems);
        Assert.Equal(Directory["one"], problem.Path);
        Assert.Contains($"{Most + 1}", problem.Message, StringComparison.Ordinal);
        Assert.Single(Warnings(Directory["one"]));
        Assert.Null(await Find(store, One));
        Assert.NotNull(await Find(store, Two));
    }

    [Fact]
    public async Task STORE_InMemoryCertificateWithMorePropertiesThanAreRead_IsRefused()
    {
        var store = new MemoryCertificateStore();
        using var certificate = Certificate.Parse(Keys.File(One, Lines(Most) + Unusable));
        store.Set(certificate);
        certificate.Metadata.Set("one-more", "x");
        var error = Assert.Throws<ArgumentException>(() => store.Set(certificate));
        Assert.Contains($"{Most + 1}", error.Message, StringComparison.Ordinal);
        Assert.Equal(Most + 10, (await store.FindAsync(One, TestTimeout.Token))!.Metadata.Count);
    }

    [Fact]
    public async Task STORE_OfTheApplicationWithMorePropertiesThanAreRead_Is500BothWaysAndNamesTheCause()
    {
        using var authenticator = new Authenticator();
        authenticator.ConfigureCurve("*", new LavishStore(Most + 1));
        await AssertIs500BothWays(authenticator);
    }

    [Fact]
    public async Task POLICY_MorePropertiesThanAreReadTogetherWithTheStores_Is500BothWaysAndNamesTheCause()
    {
        var given = new List<Admission>();
        using var authenticator = new Authenticator();
        authenticator.ConfigureCurve("*", new LavishStore(Most));
        authenticator.ConfigurePolicy("*", (_, _) =>
        {
            given.Add(new Admission());
            var more = new ZmtpMetadata([new("one-more", new byte[] { 1 })]);
            return ValueTask.FromResult(AuthenticationResult.Success("joe", more, given[^1]));
        });
        await AssertIs500BothWays(authenticator);
        Assert.NotEmpty(given);
        Assert.All(given, static admission => Assert.True(admission.IsOver));
    }

    [Fact]
    public async Task POLICY_AsManyPropertiesAsAreReadTogetherWithTheStores_LetsInBothWays()
    {
        using var authenticator = new Authenticator();
        authenticator.ConfigureCurve("*", new LavishStore(Most - 1));
        authenticator.ConfigurePolicy("*", static (_, _) =>
            ValueTask.FromResult(AuthenticationResult.Success("joe", new ZmtpMetadata([new("one-more", new byte[] { 1 })]))));
        foreach (var way in BothWays(authenticator))
        {
            var result = await way.AuthenticateAsync(Frames.Curve(One.AsSpan()), TestTimeout.Token).WithinAsync();
            result.Admission?.Dispose();
            Assert.Equal((AuthenticationStatus.Success, Most), (result.Status, result.Metadata.Count));
        }
    }

    private static async Task AssertIs500BothWays(Authenticator authenticator)
    {
        foreach (var way in BothWays(authenticator))
        {
            var result = await way.AuthenticateAsync(Frames.Curve(One.AsSpan()), TestTimeout.Token).WithinAsync();
            Assert.Equal(AuthenticationStatus.InternalError, result.Status);
            Assert.Contains($"{Most + 1}", result.Text, StringComparison.Ordinal);
            Assert.Equal(0, authenticator.PeerCount);
        }
    }

    /// <summary>Asked as Use does, and by frames.</summary>
    private static IAuthenticator[] BothWays(Authenticator authenticator)
    {
        var handler = new ZapHandler(authenticator);
        return [authenticator, new ZapClient(new DelegateChannel(async (request, stop) => (await handler.HandleAsync(request, stop))!))];
    }

    private static string Lines(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"    a{i} = \"x\"\n"));

    private sealed class LavishStore(int properties) : ICertificateStore
    {
        public ValueTask<CertificateRecord?> FindAsync(CurvePublicKey publicKey, CancellationToken cancellationToken) =>
            new(new CertificateRecord(publicKey, Enumerable.Range(0, properties).Select(i => KeyValuePair.Create($"a{i}", "x"))));
    }
}
