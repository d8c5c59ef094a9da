using Microsoft.Extensions.Logging;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Zap.Tests;

public sealed class AuthenticatorTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ListLogger _logger = new();
    private readonly Authenticator _authenticator;

    public AuthenticatorTests() => _authenticator = new Authenticator(_logger);

    public void Dispose()
    {
        _authenticator.Dispose();
        _directory.Dispose();
    }

    [Fact]
    [Spec("ZAP-26")]
    public async Task AUTHENTICATOR_StartingState_LetsInNullAndRefusesTheRest()
    {
        Assert.Equal(AuthenticationStatus.Success, (await Ask(Frames.Null())).Status);
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(Frames.Plain("joe", "secret"))).Status);
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(Frames.Curve(Keys.Client.AsSpan()))).Status);
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(new AuthenticationRequest("", "", default, "GSSAPI", Frames.Of("x")))).Status);
    }

    [Fact]
    public void AUTHENTICATOR_ConfiguredAfterDispose_OpensNothing()
    {
        _authenticator.Dispose();
        Directory.CreateDirectory(_directory["certificates"]);
        using (var certificate = Searched.NewCertificate()) certificate.SavePublic(_directory["certificates/joe"]);

        Assert.Throws<ObjectDisposedException>(() => _authenticator.ConfigureCurve("*", _directory["certificates"]));

        // Whoever reads a directory says so, and watches it for ever.
        Assert.Empty(_logger.Entries);
    }

    [Fact]
    public async Task AUTHENTICATOR_DisposedOf_SaysSoAndBlamesNoStore()
    {
        _authenticator.Dispose();
        var result = await Ask(Frames.Null());
        Assert.Equal(AuthenticationStatus.InternalError, result.Status);
        Assert.Contains("was disposed of", result.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("store", result.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(_logger.Entries, static entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task AUTHENTICATOR_DisposedOfWhileAStoreIsAsked_SaysSoAndBlamesNoStore()
    {
        _authenticator.ConfigureCurve("*", new FakeCertificates
        {
            OnAsked = _authenticator.Dispose,
            Failure = new ObjectDisposedException("store"),
        });
        var result = await Ask(Frames.Curve(Keys.Client.AsSpan()));
        Assert.Equal(AuthenticationStatus.InternalError, result.Status);
        Assert.Contains("was disposed of", result.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(_logger.Entries, static entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task NULL_RefusedInOneDomain_IsLetInInTheOthers()
    {
        _authenticator.ConfigureNull("closed", allow: false);
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(Frames.Null("closed"))).Status);
        Assert.Equal(AuthenticationStatus.Success, (await Ask(Frames.Null("open"))).Status);
        _authenticator.ConfigureNull("*", allow: false);
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(Frames.Null("open"))).Status);
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(Frames.Null(""))).Status);
        _authenticator.ConfigureNull("closed");
        Assert.Equal(AuthenticationStatus.Success, (await Ask(Frames.Null("closed"))).Status);
    }

    [Fact]
    public async Task PLAIN_PasswordFile_GivesTheUserNameAsUserId()
    {
        _authenticator.ConfigurePlain("*", _directory.Write("passwd", "joe=secret\n"));
        var result = await Ask(Frames.Plain("joe", "secret"));
        Assert.Equal((AuthenticationStatus.Success, "joe"), (result.Status, result.UserId));
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(Frames.Plain("joe", "wrong"))).Status);
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(Frames.Plain("bob", "secret"))).Status);
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(Frames.Plain("joe\xFF", "secret"))).Status);
    }

    [Fact]
    public async Task PLAIN_Domains_HaveTheirOwnPasswords()
    {
        _authenticator.ConfigurePlain("a", _directory.Write("a", "joe=one\n"));
        _authenticator.ConfigurePlain("*", _directory.Write("b", "joe=two\n"));
        Assert.Equal(AuthenticationStatus.Success, (await Ask(Frames.Plain("joe", "one", "a"))).Status);
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(Frames.Plain("joe", "two", "a"))).Status);
        Assert.Equal(AuthenticationStatus.Success, (await Ask(Frames.Plain("joe", "two", "other"))).Status);
        Assert.Equal(AuthenticationStatus.Success, (await Ask(Frames.Plain("joe", "two", ""))).Status);
    }

    [Fact]
    public async Task PLAIN_AllowedAddress_StillNeedsThePassword()
    {
        _authenticator.Allow("127.0.0.1");
        _authenticator.ConfigurePlain("*", _directory.Write("passwd", "joe=secret\n"));
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(Frames.Plain("joe", "wrong"))).Status);
        Assert.Equal(AuthenticationStatus.Success, (await Ask(Frames.Plain("joe", "secret"))).Status);
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(Frames.Plain("joe", "secret", "test", "127.0.0.2"))).Status);
    }

    [Fact]
    public async Task CURVE_AllowAny_StillTellsClientsApart()
    {
        _authenticator.ConfigureCurve("*", CurveClients.AllowAny);
        var result = await Ask(Frames.Curve(Keys.Client.AsSpan()));
        Assert.Equal((AuthenticationStatus.Success, Keys.ClientPublic), (result.Status, result.UserId));
        Assert.Throws<ArgumentException>(() => _authenticator.ConfigureCurve("*", CurveClients.AskAuthenticator));
    }

    [Fact]
    public async Task CURVE_Directory_LetsInWhoseCertificateIsThere()
    {
        _directory.Write("certs/client", Keys.PublicFile);
        _authenticator.ConfigureCurve("*", _directory["certs"]);
        var result = await Ask(Frames.Curve(Keys.Client.AsSpan()));
        Assert.Equal((AuthenticationStatus.Success, Keys.ClientPublic), (result.Status, result.UserId));
        Assert.Equal(["name", "email"], result.Metadata.Select(property => property.Key));
        Assert.Equal("ann@example.org", result.Metadata.GetText("email"));
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(Frames.Curve(Keys.Number(1).AsSpan()))).Status);
    }

    [Fact]
    public async Task CURVE_CertificateMetadata_PassOnlyUnderNamesThatAreTheirOwn()
    {
        var store = new MemoryCertificateStore();
        using var certificate = new Certificate(Keys.Client);
        string[] names = ["Socket-Type", "IDENTITY", "resource", "User-Id", "peer-address", "a@b", "a/b", "$a", "a&b", new('n', 256)];
        foreach (var name in names)
        {
            certificate.Metadata.Set(name, "forged");
        }

        certificate.Metadata.Set("x-Team_1.2+3", "Grün");
        store.Set(certificate);
        _authenticator.ConfigureCurve("*", store);
        var result = await Ask(Frames.Curve(Keys.Client.AsSpan()));
        Assert.Equal("x-Team_1.2+3", Assert.Single(result.Metadata).Key);
        Assert.Equal("Grün", result.Metadata.GetText("X-Team_1.2+3"));
    }

    [Fact]
    public async Task CURVE_Domains_HaveTheirOwnStores()
    {
        var store = new MemoryCertificateStore();
        store.Set(Keys.Client);
        _authenticator.ConfigureCurve("a", store);
        _authenticator.ConfigureCurve("*", new MemoryCertificateStore());
        Assert.Equal(AuthenticationStatus.Success, (await Ask(Frames.Curve(Keys.Client.AsSpan(), "a"))).Status);
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(Frames.Curve(Keys.Client.AsSpan(), "b"))).Status);
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(Frames.Curve(Keys.Client.AsSpan(), "A"))).Status);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    public async Task CURVE_KeyThatIsNone_IsDenied(int length)
    {
        _authenticator.ConfigureCurve("*", CurveClients.AllowAny);
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(Frames.Curve(new byte[length]))).Status);
    }

    [Theory]
    [Spec("ZAP-26")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AUTHENTICATOR_StoreThatThrows_Is500AndLoggedWithItsCause(bool isLate)
    {
        var store = new FailingStore(isLate);
        _authenticator.ConfigureCurve("*", store);
        _authenticator.ConfigurePlain("*", store);
        Assert.Equal(AuthenticationStatus.InternalError, (await Ask(Frames.Curve(Keys.Client.AsSpan()))).Status);
        Assert.Equal(AuthenticationStatus.InternalError, (await Ask(Frames.Plain("joe", "secret"))).Status);
        var errors = _logger.Entries.Where(entry => entry.Level == LogLevel.Error);
        Assert.Equal(2, errors.Count(entry => entry.Text.Contains("disk on fire", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task AUTHENTICATOR_Reconfigured_HoldsForTheNextRequestAndClosesWhatItOpened()
    {
        _directory.Write("one/client", Keys.PublicFile);
        Directory.CreateDirectory(_directory["two"]);
        _authenticator.ConfigureCurve("*", _directory["one"]);
        Assert.Equal(AuthenticationStatus.Success, (await Ask(Frames.Curve(Keys.Client.AsSpan()))).Status);
        _authenticator.ConfigureCurve("*", _directory["two"]);
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(Frames.Curve(Keys.Client.AsSpan()))).Status);
        _authenticator.ConfigureCurve("*", CurveClients.AllowAny);
        Assert.Equal(AuthenticationStatus.Success, (await Ask(Frames.Curve(Keys.Client.AsSpan()))).Status);
    }

    [Fact]
    public async Task AUTHENTICATOR_StoreReplacedWhileItIsAsked_AsksTheNewOne()
    {
        using var old = new LateStore();
        _authenticator.ConfigureCurve("*", old);
        var answer = Ask(Frames.Curve(Keys.Client.AsSpan()));
        _authenticator.ConfigureCurve("*", CurveClients.AllowAny);
        old.Dispose();
        Assert.Equal(AuthenticationStatus.Success, (await answer.WithinAsync()).Status);
    }

    [Fact]
    public async Task AUTHENTICATOR_ChangedAndAskedAtOnce_AnswersEveryRequest()
    {
        using var stop = new CancellationTokenSource();
        var changer = Task.Run(() =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                _authenticator.ConfigureCurve("*", _directory.FullPath);
                _authenticator.ConfigureCurve("*", CurveClients.AllowAny);
            }
        });
        for (var i = 0; i < 2000; i++)
        {
            Assert.NotEqual(AuthenticationStatus.InternalError, (await Ask(Frames.Curve(Keys.Client.AsSpan()))).Status);
        }

        await stop.CancelAsync();
        await changer.WithinAsync();
    }

    [Fact]
    public async Task AUTHENTICATOR_Disposed_Answers500AndTakesNoChanges()
    {
        _authenticator.ConfigureCurve("*", _directory.FullPath);
        _authenticator.Dispose();
        _authenticator.Dispose();
        Assert.Equal(AuthenticationStatus.InternalError, (await Ask(Frames.Null())).Status);
        Action[] changes =
        [
            () => _authenticator.Allow("127.0.0.1"), () => _authenticator.DenyIn("a"), _authenticator.ClearAddresses,
            () => _authenticator.ClearAddressesIn("a"), () => _authenticator.ConfigureNull("*"), () => _authenticator.RemoveNull("*"),
            () => _authenticator.ConfigurePlain("*", _directory["passwd"]), () => _authenticator.RemovePlain("*"),
            () => _authenticator.ConfigureCurve("*", _directory.FullPath), () => _authenticator.ConfigureCurve("*", CurveClients.AllowAny),
            () => _authenticator.RemoveCurve("*"), () => _authenticator.RemovePolicy("*"), () => _authenticator.LimitConnections(1, 1),
            () => _authenticator.LimitConnectionsIn("a", 1, 1), () => _authenticator.RemoveLimitsIn("a"),
        ];
        Assert.All(changes, change => Assert.Throws<ObjectDisposedException>(change));
    }

    [Fact]
    public void AUTHENTICATOR_PathThatIsNone_IsRefusedByTheNameOfItsParameter()
    {
        Assert.Equal("passwordFile", Assert.Throws<ArgumentException>(() => _authenticator.ConfigurePlain("*", "")).ParamName);
        Assert.Equal("directory", Assert.Throws<ArgumentException>(() => _authenticator.ConfigureCurve("*", "")).ParamName);
        Assert.Throws<ArgumentException>(() => _authenticator.ConfigurePlain("*", "a\0b"));
        Assert.Throws<ArgumentException>(() => _authenticator.ConfigureCurve("*", "a\0b"));
    }

    [Fact]
    public async Task AUTHENTICATOR_Cancelled_Throws()
    {
        using var giveUp = new CancellationTokenSource();
        using var store = new LateStore();
        _authenticator.ConfigureCurve("*", store);
        var answer = _authenticator.AuthenticateAsync(Frames.Curve(Keys.Client.AsSpan()), giveUp.Token).AsTask();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.WithinAsync());
    }

    private Task<AuthenticationResult> Ask(AuthenticationRequest request) =>
        _authenticator.AuthenticateAsync(request, TestTimeout.Token).WithinAsync();

    private sealed class FailingStore(bool isLate) : ICertificateStore, IPasswordStore
    {
        public async ValueTask<CertificateRecord?> FindAsync(CurvePublicKey publicKey, CancellationToken cancellationToken)
        {
            if (isLate) await Task.Yield();
            throw new IOException("disk on fire");
        }

        public ValueTask<bool> VerifyAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken) =>
            isLate ? ValueTask.FromException<bool>(new IOException("disk on fire")) : throw new IOException("disk on fire");
    }

    /// <summary>Answers nobody until it is disposed of.</summary>
    private sealed class LateStore : ICertificateStore, IDisposable
    {
        private readonly TaskCompletionSource<CertificateRecord?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ValueTask<CertificateRecord?> FindAsync(CurvePublicKey publicKey, CancellationToken cancellationToken) =>
            new(_answer.Task.WaitAsync(cancellationToken));

        public void Dispose() => _answer.TrySetException(new ObjectDisposedException(nameof(LateStore)));
    }
}
