using Microsoft.Extensions.Logging;
using Xunit;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Diagnostics;

/// <summary>Whoever has an authenticator hears of a socket that lets everybody in without asking it.</summary>
public sealed class OpenListenerTests : DisposedTests
{
    private const int AsksNobody = 3714;

    private readonly LogRecords _log = new();
    private readonly Authenticator _authenticator = new();
    private readonly ZmtpContext _context;

    public OpenListenerTests() => _context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = _log });

    [Theory]
    [InlineData("NULL", "tcp://127.0.0.1:*")]
    [InlineData("NULL", "tcp://*:*")]
    [InlineData("NULL", "ipc://*")]
    [InlineData("CURVE", "tcp://127.0.0.1:*")]
    public async Task BIND_SecurityThatAsksNobody_IsOneWarning(string mechanism, string text)
    {
        _authenticator.Deny("127.0.0.1");
        _context.Use(_authenticator);
        using var keys = Searched.NewKeyPair();
        await using var server = new PullSocket(
            _context, mechanism == "CURVE" ? Sut.Quick with { Security = CurveSecurity.Server(keys, CurveClients.AllowAny) } : Sut.Quick);

        var endpoint = await server.BindAsync(text, TestTimeout.Token);

        var line = Assert.Single(_log.Warnings);
        Assert.Equal((AsksNobody, LogLevel.Warning), (line.Id.Id, line.Level));
        foreach (var part in (string[])["PULL", endpoint, $"under {mechanism}"]) Assert.Contains(part, line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BIND_SeveralEndpointsAndPeers_IsOneWarningForEachEndpoint()
    {
        _context.Use(_authenticator);
        await using var server = new PullSocket(_context, Sut.Quick);
        string[] endpoints = [await server.BindAsync("tcp://127.0.0.1:*"), await server.BindAsync("tcp://127.0.0.1:*")];
        foreach (var endpoint in endpoints)
        {
            var client = new PushSocket(_context, Sut.Quick);
            client.Connect(endpoint);
            await client.WaitForPeerAsync(TestTimeout.Default);
        }

        Assert.Equal([AsksNobody, AsksNobody], _log.Warnings.Select(static line => line.Id.Id));
        foreach (var endpoint in endpoints) Assert.Single(_log.Warnings, line => line.Text.Contains(endpoint, StringComparison.Ordinal));
    }

    [Fact]
    public async Task BIND_NullWithoutDomainBesideAZapHandler_IsAWarning()
    {
        await using var handler = await _context.ServeZapAsync(_authenticator);
        await using var server = new PullSocket(_context, Sut.Quick);

        await server.BindAsync("tcp://127.0.0.1:*");

        Assert.Equal(AsksNobody, Assert.Single(_log.Warnings).Id.Id);
    }

    [Theory]
    [InlineData("NULL with a domain")]
    [InlineData("PLAIN server")]
    [InlineData("CURVE server")]
    [InlineData("CURVE client")]
    public async Task BIND_SecurityThatAsksOrIsTheClient_IsNoWarning(string which)
    {
        _context.Use(_authenticator);
        using var keys = Searched.NewKeyPair();
        ZmtpSecurity security = which switch
        {
            "PLAIN server" => PlainSecurity.Server(),
            "CURVE server" => CurveSecurity.Server(keys),
            "CURVE client" => CurveSecurity.Client(keys, keys.PublicKey),
            _ => NullSecurity.Instance,
        };
        await using var server = new PullSocket(
            _context, Sut.Quick with { Security = security, ZapDomain = which == "NULL with a domain" ? "stock" : "" });

        await server.BindAsync("tcp://127.0.0.1:*");

        Assert.Empty(_log.Warnings);
    }

    [Fact]
    public async Task BIND_WithoutAnAuthenticator_IsNoWarning()
    {
        await using var server = new PullSocket(_context, Sut.Quick);
        await server.BindAsync("tcp://127.0.0.1:*");
        Assert.Empty(_log.Warnings);
    }

    /// <summary>Inproc stays inside the program, and asks nobody whatever is set.</summary>
    [Fact]
    public async Task BIND_InprocBesideASecuredSocket_IsNoWarning()
    {
        _context.Use(_authenticator);
        await using var inside = new PullSocket(_context, Sut.Quick);
        await inside.BindAsync("inproc://inside");
        Assert.Empty(_log.Warnings);
    }

    [Theory]
    [InlineData("", "NULL, no domain")]
    [InlineData("stock", "NULL, domain \"stock\"")]
    public async Task LOG_Listening_SaysMechanismAndDomain(string domain, string expected)
    {
        await using var server = new PullSocket(_context, Sut.Quick with { ZapDomain = domain });

        var endpoint = await server.BindAsync(Join.Fresh("ipc"));
        await server.BindAsync("tcp://*:*");

        var line = (await _log.NextAsync(3701)).Text;
        Assert.StartsWith($"PULL Listening {endpoint} ", line, StringComparison.Ordinal);
        Assert.EndsWith($" {expected}", line, StringComparison.Ordinal);
        Assert.EndsWith($") {expected}", (await _log.NextAsync(3711)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LOG_HandshakeSucceeded_SaysMechanismAndUserId()
    {
        _authenticator.ConfigurePlain("*", new FakePasswords().With("ann", "secret"));
        _context.Use(_authenticator);
        await using var server = new PullSocket(_context, Sut.Quick with { Security = PlainSecurity.Server() });
        await using var client = new PushSocket(_context, Sut.Quick with { Security = PlainSecurity.Client("ann", "secret") });
        client.Connect(await server.BindAsync("tcp://127.0.0.1:*"));
        await Task.WhenAll(server.WaitForPeerAsync(TestTimeout.Default), client.WaitForPeerAsync(TestTimeout.Default));

        await client.DisposeAsync();
        await server.DisposeAsync();

        string[] texts = [.. _log.All.Select(static line => line.Text).Where(static text => text.Contains(" HandshakeSucceeded ", StringComparison.Ordinal))];
        Assert.EndsWith(" PLAIN, user id ann", Assert.Single(texts, IsOf("PULL")), StringComparison.Ordinal);
        Assert.EndsWith(" PLAIN", Assert.Single(texts, IsOf("PUSH")), StringComparison.Ordinal);

        static Predicate<string> IsOf(string socketType) => text => text.StartsWith(socketType, StringComparison.Ordinal);
    }

    public override async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        _authenticator.Dispose();
        _log.Dispose();
    }
}
