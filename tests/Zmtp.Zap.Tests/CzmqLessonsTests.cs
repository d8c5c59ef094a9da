using Microsoft.Extensions.Time.Testing;
using System.Runtime.Versioning;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing.Searching;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>What CZMQ's security layer gets wrong, found by reading it; each asserted the other way round.</summary>
[Lesson("T22")]
public sealed class CzmqLessonsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ListLogger _logger = new();
    private readonly Authenticator _authenticator;

    public CzmqLessonsTests() => _authenticator = new Authenticator(_logger) { Verbose = true };

    public void Dispose()
    {
        _authenticator.Dispose();
        _directory.Dispose();
    }

    /// <summary>CZMQ copies them into 512 octets without a check.</summary>
    [Fact]
    [Spec("ZAP-24", "ZAP-29")]
    public async Task CZMQ_LongMetadata_ArriveWhole()
    {
        var store = new MemoryCertificateStore();
        using var certificate = new Certificate(Keys.Client);
        for (var i = 0; i < 50; i++) certificate.Metadata.Set($"name{i}", new string((char)('a' + (i % 26)), 1000));
        store.Set(certificate);
        _authenticator.ConfigureCurve("*", store);
        var reply = await new ZapHandler(_authenticator).HandleAsync(
            ZapRequest.Encode("1"u8.ToArray(), Frames.Curve(Keys.Client.AsSpan())), TestTimeout.Token).WithinAsync();
        var result = ZapReply.Decode(reply!, "1"u8);
        Assert.Equal(50, result.Metadata.Count);
        Assert.Equal(new string('x', 1000), result.Metadata.GetText("name49"));
    }

    /// <summary>In CZMQ the process asserts.</summary>
    [Fact]
    public async Task CZMQ_DuplicateKey_IsReportedAndHarmless()
    {
        _directory.Write("a", Keys.PublicFile);
        _directory.Write("b", Keys.PublicFile);
        using var store = CertificateStore.Open(_directory.FullPath, _logger);
        Assert.Equal(_directory["b"], Assert.Single(store.Problems).Path);
        Assert.NotNull(await store.FindAsync(Keys.Client, TestTimeout.Token));
    }

    /// <summary>In CZMQ all old keys stay valid.</summary>
    [Fact]
    public async Task CZMQ_VanishedDirectory_MakesNoKeyValid()
    {
        _directory.Write("certs/a", Keys.PublicFile);
        using var store = CertificateStore.Open(_directory["certs"], _logger);
        _authenticator.ConfigureCurve("*", store);
        Assert.Equal(AuthenticationStatus.Success, (await Ask(Frames.Curve(Keys.Client.AsSpan()))).Status);
        Directory.Delete(_directory["certs"], recursive: true);
        store.Refresh();
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(Frames.Curve(Keys.Client.AsSpan()))).Status);
    }

    /// <summary>CZMQ logs passwords when verbose, and prints secret keys.</summary>
    [Fact]
    [Spec("ZAP-52")]
    public async Task CZMQ_Secrets_AreInNoLogAndNoText()
    {
        _authenticator.ConfigurePlain("*", _directory.Write("passwd", "joe=hunter2\n"));
        await Ask(Frames.Plain("joe", "hunter2"));
        await Ask(Frames.Plain("joe", "hunter3"));
        using var certificate = Keys.FullClient();
        Assert.DoesNotContain("hunter", _logger.All, StringComparison.Ordinal);
        var shown = $"{certificate} {certificate.KeyPair} {certificate.ToZpl(includeSecret: false)}";
        Assert.DoesNotContain(Keys.ClientSecret, shown, StringComparison.Ordinal);
    }

    /// <summary>CZMQ changes the umask of the whole process for a moment.</summary>
    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public async Task CZMQ_SavingASecret_ChangesNoOtherFilesMode()
    {
        File.WriteAllText(_directory["before"], "");
        var usual = File.GetUnixFileMode(_directory["before"]);
        using var stop = new CancellationTokenSource();
        var isSaving = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var saver = Task.Run(() =>
        {
            using var certificate = Keys.FullClient();
            while (!stop.IsCancellationRequested)
            {
                certificate.SaveSecret(_directory["cert_secret"], overwrite: true);
                isSaving.TrySetResult();
            }
        });
        try
        {
            await Task.WhenAny(isSaving.Task, saver).WithinAsync();
            for (var i = 0; i < 300; i++)
            {
                File.WriteAllText(_directory[$"other{i}"], "");
                Assert.Equal(usual, File.GetUnixFileMode(_directory[$"other{i}"]));
            }
        }
        finally
        {
            await stop.CancelAsync();
            await saver.WithinAsync();
        }
    }

    /// <summary>In CZMQ the name buffer cuts "_secret" off, and the secret file overwrites the public one.</summary>
    [Fact]
    public void CZMQ_LongPath_KeepsSecretAndPublicApart()
    {
        var path = _directory[new string('c', 240)];
        using var certificate = Keys.FullClient();
        certificate.Save(path);
        using var publicPart = Certificate.LoadPublic(path);
        Assert.DoesNotContain(Keys.ClientSecret, File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Contains(Keys.ClientSecret, File.ReadAllText(path + Certificate.SecretSuffix), StringComparison.Ordinal);
    }

    /// <summary>In CZMQ a bad string gives a key that is partly zero.</summary>
    [Fact]
    public void CZMQ_BadZ85_IsAnError()
    {
        Assert.Throws<FormatException>(() => CurvePublicKey.Parse(new string('~', 40)));
        Assert.Throws<ZplFormatException>(() => Certificate.Parse($"curve\n    public-key = \"{new string('~', 40)}\"\n"));
    }

    /// <summary>In CZMQ a pair that does not match is taken as it is.</summary>
    [Fact]
    public void CZMQ_KeysOfTwoPairs_AreAnError() =>
        Assert.Throws<ZplFormatException>(
            () => Certificate.Parse(Keys.SecretFile.Replace(Keys.ClientSecret, Keys.ServerSecret, StringComparison.Ordinal)));

    /// <summary>In CZMQ allow-any sets no user id.</summary>
    [Fact]
    [Spec("ZAP-28")]
    public async Task CZMQ_AllowAny_ShowsWhoItIs()
    {
        _authenticator.ConfigureCurve("*", CurveClients.AllowAny);
        Assert.Equal(Keys.ClientPublic, (await Ask(Frames.Curve(Keys.Client.AsSpan()))).UserId);
    }

    /// <summary>CZMQ ignores the domain.</summary>
    [Fact]
    public async Task CZMQ_Domain_HasItsOwnPolicy()
    {
        _authenticator.ConfigureCurve("open", CurveClients.AllowAny);
        _authenticator.ConfigureCurve("*", new MemoryCertificateStore());
        Assert.Equal(AuthenticationStatus.Success, (await Ask(Frames.Curve(Keys.Client.AsSpan(), "open"))).Status);
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(Frames.Curve(Keys.Client.AsSpan(), "closed"))).Status);
    }

    /// <summary>CZMQ compares addresses as strings, and forgets the block list when there is an allow list.</summary>
    [Fact]
    public async Task CZMQ_Addresses_AreBlocksAndDenyHoldsBesideAllow()
    {
        _authenticator.Allow("10.0.0.0/8");
        _authenticator.Deny("10.0.0.66");
        Assert.Equal(AuthenticationStatus.Success, (await Ask(Frames.Null("", "::ffff:10.1.2.3"))).Status);
        Assert.Equal(AuthenticationStatus.Denied, (await Ask(Frames.Null("", "10.0.0.66"))).Status);
    }

    /// <summary>CZMQ never answers 500, so that a broken store looks like a wrong key.</summary>
    [Fact]
    [Spec("ZAP-26")]
    public async Task CZMQ_BrokenStore_Is500()
    {
        var store = CertificateStore.Open(_directory.FullPath, Searched.Log);
        store.Dispose();
        _authenticator.ConfigureCurve("*", store);
        Assert.Equal(AuthenticationStatus.InternalError, (await Ask(Frames.Curve(Keys.Client.AsSpan()))).Status);
    }

    /// <summary>In CZMQ setting a value again does nothing.</summary>
    [Fact]
    public void CZMQ_MetadataSetAgain_HaveTheNewValue()
    {
        using var certificate = new Certificate(Keys.Client);
        certificate.Metadata.Set("name", "old");
        certificate.Metadata.Set("name", "new");
        Assert.Equal("new", certificate.Metadata["name"]);
    }

    /// <summary>Older CZMQ took the values of a file for formats of printf: "%s" read what happened to lie on the stack.</summary>
    [Fact]
    public void CZMQ_PercentInAValue_IsText()
    {
        using var certificate = Certificate.Parse(Keys.File(Keys.Client, "    share = \"100%s %n %%\"\n"));
        Assert.Equal("100%s %n %%", certificate.Metadata["share"]);
    }

    /// <summary>CZMQ walks the directory for each handshake.</summary>
    [Fact]
    public async Task CZMQ_Handshake_WalksNoDirectory()
    {
        _directory.Write("certs/a", Keys.PublicFile);
        using var store = CertificateStore.Open(_directory["certs"], _logger, new FakeTimeProvider(DateTimeOffset.UtcNow));
        _authenticator.ConfigureCurve("*", store);
        Assert.Equal(1, store.FilesRead);
        Directory.Delete(_directory["certs"], recursive: true);

        // The clock of the store stands still, so that nothing but the handshake could look.
        Assert.Equal(AuthenticationStatus.Success, (await Ask(Frames.Curve(Keys.Client.AsSpan()))).Status);
    }

    /// <summary>zmakecert and zcert_save overwrite without asking, a secret key too.</summary>
    [Fact]
    public void CZMQ_ExistingSecretKey_IsNotOverwrittenUnasked()
    {
        using var precious = Searched.NewCertificate();
        precious.Save(_directory["cert"]);
        using var other = Searched.NewCertificate();
        Assert.Throws<IOException>(() => other.Save(_directory["cert"]));
        using var loaded = Certificate.Load(_directory["cert"]);
        Assert.Equal(precious.PublicKey, loaded.PublicKey);
    }

    /// <summary>CZMQ keeps the passwords of its file in memory and compares them with strcmp.</summary>
    [Fact]
    public void CZMQ_Passwords_AreNotKeptInMemory()
    {
        using var key = new PasswordKey();
        var table = new PasswordTable(key, Argon2Hasher.Instance);
        PasswordFileParser.Parse("joe=hunter2\n"u8, table);
        var entry = PasswordEntry.OfClearText("hunter2"u8, key);
        Assert.Equal(PasswordKey.DigestSize, entry.Octets.Length);
        Assert.False(Held.Holds(entry, "hunter2"));
        Assert.False(Held.Holds(table, "hunter2"));

        // The user's name is there: it would be found.
        Assert.True(Held.Holds(table, "joe"));
        Assert.True(Held.Holds(new List<byte[]> { "a hunter2"u8.ToArray() }, "hunter2"));
        Assert.True(Held.Holds(Tuple.Create("a hunter2".ToCharArray()), "hunter2"));
        Assert.True(table.Check("joe").Run("hunter2"u8));
        Assert.False(table.Check("joe").Run("hunter"u8));
    }

    private Task<AuthenticationResult> Ask(AuthenticationRequest request) =>
        _authenticator.AuthenticateAsync(request, TestTimeout.Token).WithinAsync();
}
