using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using System.Runtime.Versioning;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

public sealed class AuthenticatorLogTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ListLogger _logger = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true, LogLevel.Information)]
    [InlineData(false, LogLevel.Debug)]
    public async Task LOG_RequestAndVerdict_AreAtTheLevelThatVerboseSays(bool verbose, LogLevel level)
    {
        using var authenticator = new Authenticator(_logger) { Verbose = verbose };
        await Ask(authenticator, Frames.Null("global", "10.0.0.7"));
        Assert.Equal(2, _logger.Entries.Count);
        Assert.All(_logger.Entries, entry => Assert.Equal(level, entry.Level));
        Assert.All(
            _logger.Entries,
            entry => Assert.Contains("NULL request from 10.0.0.7 in domain \"global\"", entry.Text, StringComparison.Ordinal));
        Assert.Contains("200", _logger.Entries.Last().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LOG_Refusal_IsLeftToTheSocketUnlessVerbose()
    {
        using var authenticator = new Authenticator(_logger) { Verbose = true };
        authenticator.ConfigureCurve("*", new MemoryCertificateStore());
        await Ask(authenticator, Frames.Curve(Keys.Client.AsSpan()));
        var (level, text) = _logger.Entries.Last();
        Assert.Equal(LogLevel.Information, level);
        Assert.Contains(Keys.ClientPublic, text, StringComparison.Ordinal);
        Assert.Contains("400", text, StringComparison.Ordinal);

        authenticator.Verbose = false;
        await Ask(authenticator, Frames.Curve(Keys.Client.AsSpan()));
        Assert.Equal(LogLevel.Debug, _logger.Entries.Last().Level);
    }

    [Fact]
    [Spec("ZAP-52")]
    public async Task LOG_Verbose_NeverShowsAPasswordOrASecretKey()
    {
        _directory.Write("certs/cert", Keys.PublicFile);
        _directory.Write("certs/cert_secret", Keys.SecretFile);
        _directory.Write("certs/broken", Keys.SecretFile.Replace("public-key", "public", StringComparison.Ordinal));
        using var authenticator = new Authenticator(_logger) { Verbose = true };
        authenticator.ConfigurePlain("*", _directory.Write("passwd", "joe=hunter2\nann=correct horse\n"));
        authenticator.ConfigureCurve("*", _directory["certs"]);
        var handler = new ZapHandler(authenticator, _logger);
        foreach (var password in new[] { "hunter2", "swordfish" })
        {
            var request = Frames.Plain("joe", password);
            Assert.DoesNotContain(password, request.ToString(), StringComparison.Ordinal);
            await Ask(authenticator, request);
            await handler.HandleAsync(ZapRequest.Encode(default, request), TestTimeout.Token).WithinAsync();
        }

        await Ask(authenticator, Frames.Curve(Keys.Client.AsSpan()));
        await Ask(authenticator, Frames.Curve(Keys.Number(1).AsSpan()));
        Assert.True(_logger.Entries.Count >= 12);
        foreach (var secret in new[] { "hunter2", "swordfish", "correct horse", Keys.ClientSecret })
        {
            Assert.DoesNotContain(secret, _logger.All, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task LOG_WhatAPeerChose_CannotForgeALine()
    {
        using var authenticator = new Authenticator(_logger) { Verbose = true };
        authenticator.ConfigurePlain("*", _directory.Write("passwd", "joe=x\n"));
        await Ask(authenticator, Frames.Plain("joe\r\nZAP: all is well\u001b[2J", "x", "d\nx", "a\nb"));
        Assert.All(_logger.Entries, entry => Assert.DoesNotContain("\nZAP", entry.Text, StringComparison.Ordinal));
        Assert.All(_logger.Entries, entry => Assert.DoesNotContain("\u001b", entry.Text, StringComparison.Ordinal));
        Assert.All(_logger.Entries, entry => Assert.DoesNotContain("a\nb", entry.Text, StringComparison.Ordinal));
    }

    /// <summary>As when a database is down: the first line has the exception, and whoever connects again and again writes no more of them.</summary>
    [Fact]
    public async Task LOG_StoreThatFailsForEverybody_IsAnErrorOnceAMinute()
    {
        var time = new FakeTimeProvider();
        using var authenticator = new Authenticator(new AuthenticatorOptions { Time = time }, _logger);
        var store = new FakePasswords { Failure = new IOException("The database is down.") };
        authenticator.ConfigurePlain("*", store);
        for (var i = 0; i < 1000; i++)
        {
            store.Failure = new IOException($"The database is down: {i}.");
            await Ask(authenticator, Frames.Plain("joe", "x"));
        }

        var (_, first) = Assert.Single(_logger.Entries, static entry => entry.Level == LogLevel.Error);
        Assert.Contains("IOException: The database is down: 0.", first, StringComparison.Ordinal);
        var others = _logger.Entries.Where(static entry => entry.Text.Contains("a store or policy failed", StringComparison.Ordinal)).Skip(1);
        Assert.Equal(Enumerable.Repeat(LogLevel.Debug, 999), others.Select(static entry => entry.Level));

        // Something else is another matter.
        store.Failure = new TimeoutException("It takes long.");
        await Ask(authenticator, Frames.Plain("joe", "x"));
        Assert.Equal(2, _logger.Entries.Count(static entry => entry.Level == LogLevel.Error));

        time.Advance(TimeSpan.FromMinutes(1));
        store.Failure = new IOException("The database is still down.");
        await Ask(authenticator, Frames.Plain("joe", "x"));
        var errors = _logger.Entries.Where(static entry => entry.Level == LogLevel.Error).ToArray();
        Assert.Equal(3, errors.Length);
        Assert.Contains("(Repetitions in the meantime: 999.)", errors[2].Text, StringComparison.Ordinal);
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void LOG_NameOfAFile_CannotForgeALine()
    {
        _directory.Write("certs/\u00fcber\nZAP: all is well\u001b[2J\u202e", "none");
        File.SetUnixFileMode(_directory["certs"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var store = CertificateStore.Open(_directory["certs"], _logger);
        var (_, text) = Assert.Single(_logger.Entries, static entry => entry.Level == LogLevel.Warning);
        Assert.Contains("\u00fcber\\u000aZAP: all is well\\u001b[2J\\u202e lets nobody in", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\nZAP", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u202e", text, StringComparison.Ordinal);
    }

    private static Task<AuthenticationResult> Ask(Authenticator authenticator, AuthenticationRequest request) =>
        authenticator.AuthenticateAsync(request, TestTimeout.Token).WithinAsync();
}
