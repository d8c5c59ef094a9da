using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Transports;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>Settings of a context that are null.</summary>
public class MissingContextOptionsTests
{
    [Fact]
    public async Task LoggerFactory_Null_IsSilence()
    {
        var options = new ZmtpContextOptions { LoggerFactory = null };
        Assert.Same(NullLoggerFactory.Instance, options.LoggerFactory);
        await using var context = Searched.NewContext(options);
        using var authenticator = new Authenticator();
        context.Use(authenticator);
        await using var pull = new PullSocket(context);
        await pull.BindAsync("inproc://silent", TestTimeout.Token);
    }

    [Fact]
    public void TimeAndTransports_Null_AreRefusedByName()
    {
        Assert.Contains("Time", Refusal(new() { Time = null! }), StringComparison.Ordinal);
        Assert.Contains("Transports", Refusal(new() { Transports = null! }), StringComparison.Ordinal);
        Assert.Contains("Transports", Refusal(new() { Transports = [TcpTransport.Instance, null!] }), StringComparison.Ordinal);
    }

    private static string Refusal(ZmtpContextOptions options) => Assert.ThrowsAny<ArgumentException>(() => Searched.NewContext(options)).Message;
}
