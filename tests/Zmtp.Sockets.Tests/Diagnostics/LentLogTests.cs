using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing.Searching;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Diagnostics;

/// <summary>A context's log hears what is wrong with the stores of an authenticator that was made without a logger.</summary>
public sealed class LentLogTests
{
    private const int PasswordFileIsMissing = 2722;

    private static readonly string Missing = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CONTEXT_AuthenticatorWithoutALogger_LogsItsStoresTroubles(bool byFrames)
    {
        using var log = new LogRecords();
        await using var context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = log });
        using var authenticator = new Authenticator();
        authenticator.ConfigurePlain("*", Missing);
        if (!byFrames) context.Use(authenticator);
        await using var served = byFrames ? await context.ServeZapAsync(authenticator) : null;
        Assert.Equal(PasswordFileIsMissing, Assert.Single(log.Warnings).Id.Id);
    }

    [Fact]
    public async Task CONTEXT_WithoutALog_LeavesTheLendingToTheNext()
    {
        using var log = new LogRecords();
        await using var silent = Searched.NewSilentContext();
        await using var context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = log });
        using var authenticator = new Authenticator();
        authenticator.ConfigurePlain("*", Missing);
        silent.Use(authenticator);
        context.Use(authenticator);
        Assert.Equal(PasswordFileIsMissing, Assert.Single(log.Warnings).Id.Id);
    }

    [Fact]
    public async Task CONTEXT_AuthenticatorThatWantsSilence_LogsNothingOfIt()
    {
        using var log = new LogRecords();
        await using var context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = log });
        using var authenticator = new Authenticator(NullLogger.Instance);
        authenticator.ConfigurePlain("*", Missing);
        context.Use(authenticator);
        Assert.Empty(log.All);
    }
}
