using System.Text;
using Xunit;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Diagnostics;

/// <summary>A peer chooses its user name, and authenticators write it into what they say: no line of the log may end by it, and no terminal obey it.</summary>
public sealed class ForgedLineTests
{
    private const string Name = "joe\nwarn: forged\u001b[2J\u202e";
    private const string Shown = "joe\\u000awarn: forged\\u001b[2J\\u202e";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LOG_WhatAnAuthenticatorSaysOfAUserName_IsOneLine(bool throws)
    {
        var refused = await RefuseAsync(context => context.Use(new FunctionAuthenticator(request =>
        {
            var name = Encoding.UTF8.GetString(request.Credentials[0].Span);
            return throws ? throw new KeyNotFoundException($"No user {name}.") : Task.FromResult(AuthenticationResult.Denied($"No user {name}."));
        })));

        Assert.Contains(Shown, refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LOG_WhatAPolicySaysOfAUserName_IsOneLine()
    {
        using var authenticator = new Authenticator();
        authenticator.ConfigurePlain("*", new FakePasswords().With(Name, "x"));
        authenticator.ConfigurePolicy("*", static (request, _) => new(AuthenticationResult.Denied($"No user {request.UserId}.")));

        var refused = await RefuseAsync(context => context.Use(authenticator));

        Assert.Contains(Shown, refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EVENT_WhatAPolicySaysOfAUserName_IsOneLine()
    {
        using var authenticator = new Authenticator();
        authenticator.ConfigurePlain("*", new FakePasswords().With(Name, "x"));
        authenticator.ConfigurePolicy("*", static (request, _) => new(AuthenticationResult.Denied($"{request.UserId} is locked.")));
        await using var server = new Side(SocketType.Pull, TestServers.Asking("PLAIN"));
        await using var client = new Side(SocketType.Push, Sut.Quick with { Security = PlainSecurity.Client(Name, "x") });
        server.Context.Use(authenticator);
        client.Socket.Connect(await server.Socket.BindAsync("tcp://127.0.0.1:*"));

        var refused = await server.FailsAsync(SocketEventKind.HandshakeFailed);

        Assert.Contains(Name, refused.Error!.Message, StringComparison.Ordinal);
        Assert.Contains(Shown, refused.ToString(), StringComparison.Ordinal);
        ExpectOneLine(refused.ToString());
    }

    [Fact]
    public async Task LOG_UserNameOfAPeerThatIsSentAway_IsOneLine()
    {
        using var authenticator = new Authenticator();
        authenticator.ConfigurePlain("*", new FakePasswords().With(Name, "x"));
        await using var server = new Side(SocketType.Pull, TestServers.Asking("PLAIN"));
        await using var client = new Side(SocketType.Push, Sut.Quick with { Security = PlainSecurity.Client(Name, "x") });
        server.Context.Use(authenticator);
        client.Socket.Connect(await server.Socket.BindAsync("tcp://127.0.0.1:*"));
        var peer = await server.Socket.WaitForPeerAsync(TestTimeout.Default);
        Assert.Equal(Name, peer.UserId);
        Assert.EndsWith(Shown, peer.ToString(), StringComparison.Ordinal);

        authenticator.RemovePlain("*");

        var revoked = Assert.IsType<ZmtpRevokedException>((await server.FailsAsync(SocketEventKind.Disconnected)).Error);
        Assert.Contains(Shown, revoked.Message, StringComparison.Ordinal);
        ExpectOneLineEach(server.Log);
        Assert.Contains(Shown, (await server.Log.NextAsync(3703)).Text, StringComparison.Ordinal);
    }

    private static async Task<string> RefuseAsync(Action<ZmtpContext> use)
    {
        await using var server = new Side(SocketType.Pull, TestServers.Asking("PLAIN"));
        await using var client = new Side(SocketType.Push, Sut.Quick with { Security = PlainSecurity.Client(Name, "x") });
        use(server.Context);
        client.Socket.Connect(await server.Socket.BindAsync("tcp://127.0.0.1:*"));
        var line = await server.Log.NextAsync(3702);
        ExpectOneLineEach(server.Log);
        return line.Text;
    }

    private static void ExpectOneLineEach(LogRecords log) => Assert.All(log.All, static line => ExpectOneLine(line.Text));

    private static void ExpectOneLine(string text) =>
        Assert.DoesNotContain(text, static character => char.IsControl(character) || character == '\u202e');
}
