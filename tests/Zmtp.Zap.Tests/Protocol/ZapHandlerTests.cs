using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

public sealed class ZapHandlerTests
{
    [Fact]
    [Spec("ZAP-08", "ZAP-20")]
    public async Task HANDLER_Request_GetsOneReplyWithItsId()
    {
        var asked = 0;
        var handler = new ZapHandler(new DelegateAuthenticator((request, _) =>
        {
            asked++;
            Assert.Equal("joe", Frames.Text(request.Credentials)[0]);
            return ValueTask.FromResult(AuthenticationResult.Success("joe"));
        }));
        var reply = await handler.HandleAsync(Frames.Of("1.0", "42", "", "", "", "PLAIN", "joe", "pw"), TestTimeout.Token).WithinAsync();
        Assert.Equal(["1.0", "42", "200", "OK", "joe", ""], Frames.Text(reply!));
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task HANDLER_AuthenticatorThrows_Replies500AndLogsIt()
    {
        var logger = new ListLogger();
        var handler = new ZapHandler(new DelegateAuthenticator((_, _) => throw new FormatException("broken store")), logger);
        var reply = await handler.HandleAsync(Frames.Of("1.0", "1", "", "", "", "NULL"), TestTimeout.Token).WithinAsync();
        Assert.Equal("500", Frames.Text(reply!)[2]);
        var (level, text) = Assert.Single(logger.Entries);
        Assert.Equal(LogLevel.Error, level);
        Assert.Contains("broken store", text, StringComparison.Ordinal);
        Assert.DoesNotContain("broken store", string.Join('|', Frames.Text(reply!)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HANDLER_UserIdThatFitsNoFrame_Replies500AndTheLogSaysWhy()
    {
        var logger = new ListLogger();
        var handler = new ZapHandler(
            new DelegateAuthenticator((_, _) => ValueTask.FromResult(AuthenticationResult.Success(new string('u', 256)))), logger);
        var reply = await handler.HandleAsync(Frames.Of("1.0", "1", "", "", "", "NULL"), TestTimeout.Token).WithinAsync();
        Assert.Equal("500", Frames.Text(reply!)[2]);
        Assert.Contains("The user id has 256 octets", Assert.Single(logger.Entries).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.0", "1")]
    [InlineData("1.0", "1", "d", "a", "i", "CURVE", "short")]
    public async Task HANDLER_MalformedRequest_Replies500WithItsId(params string[] frames)
    {
        var logger = new ListLogger();
        var handler = new ZapHandler(new DelegateAuthenticator((_, _) => throw new InvalidOperationException("asked")), logger);
        var reply = await handler.HandleAsync(Frames.Of(frames), TestTimeout.Token).WithinAsync();
        Assert.Equal(["1.0", "1", "500", "Malformed request", "", ""], Frames.Text(reply!));
        Assert.Equal(LogLevel.Warning, Assert.Single(logger.Entries).Level);
    }

    [Theory]
    [Spec("ZAP-10")]
    [InlineData]
    [InlineData("1.0")]
    [InlineData("2.0", "1", "", "", "", "NULL")]
    public async Task HANDLER_NotZap_GetsNoReply(params string[] frames)
    {
        var logger = new ListLogger();
        var handler = new ZapHandler(new DelegateAuthenticator((_, _) => throw new InvalidOperationException("asked")), logger);
        Assert.Null(await handler.HandleAsync(Frames.Of(frames), TestTimeout.Token).WithinAsync());
        Assert.Equal(LogLevel.Warning, Assert.Single(logger.Entries).Level);
    }

    [Fact]
    public async Task HANDLER_AuthenticatorThatThrowsAgainAndAgain_IsAnErrorOnceAMinute()
    {
        var logger = new ListLogger();
        var time = new FakeTimeProvider();
        var handler = new ZapHandler(new DelegateAuthenticator((_, _) => throw new IOException("no service")), logger, leave: null, time);
        for (var i = 0; i < 100; i++)
        {
            await handler.HandleAsync(Frames.Of("1.0", "1", "", "", "", "NULL"), TestTimeout.Token).WithinAsync();
        }

        Assert.Single(logger.Entries, static entry => entry.Level == LogLevel.Error);
        Assert.Equal(100, logger.Entries.Count);
    }

    [Fact]
    public async Task HANDLER_Cancelled_Throws()
    {
        using var giveUp = new CancellationTokenSource();
        var handler = new ZapHandler(new DelegateAuthenticator(async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return AuthenticationResult.Success();
        }));
        var answer = handler.HandleAsync(Frames.Of("1.0", "1", "", "", "", "NULL"), giveUp.Token).AsTask();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.WithinAsync());
    }

    [Fact]
    [Spec("ZAP-52")]
    public async Task HANDLER_Log_NeverHasCredentials()
    {
        var logger = new ListLogger();
        var handler = new ZapHandler(new DelegateAuthenticator((_, _) => throw new InvalidOperationException("no")), logger);
        await handler.HandleAsync(Frames.Of("1.0", "1", "", "", "", "PLAIN", "joe", "hunter2"), TestTimeout.Token).WithinAsync();
        await handler.HandleAsync(Frames.Of("1.0", "1", "", "", "", "PLAIN", "joe", "hunter2", "more"), TestTimeout.Token).WithinAsync();
        await handler.HandleAsync(Frames.Of("9.0", "1", "", "", "", "PLAIN", "joe", "hunter2"), TestTimeout.Token).WithinAsync();
        Assert.Equal(3, logger.Entries.Count);
        Assert.DoesNotContain("hunter2", logger.All, StringComparison.Ordinal);
    }
}
