using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Core.Tests.Engine;

/// <summary>What a handshake does when a transport of the application's throws where it must not.</summary>
public class HandshakeFaultTests
{
    private readonly List<Exception> _told = [];

    [Fact]
    public async Task Refused_TheTransportThrowsWhenItsOutputIsCompleted_TheRefusalIsTheCauseAndItIsTold()
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var there = client;
        await using var here = new FaultyConnection(server) { AfterCompleteOutput = Throw };
        await client.Output.WriteAsync(Octets.Join(Octets.Greeting31("PLAIN"), Octets.Command("HELLO", [1, (byte)'u', 1, (byte)'p'])));
        client.CompleteOutput();

        var handshake = HandshakeDriver.RunAsync(
            here, Options(), isConnecting: false, new Verdict(AuthenticationResult.Denied("not here")), TestTimeout.Token);

        await Assert.ThrowsAsync<ZmtpAuthenticationException>(() => handshake.WithinAsync());
        Assert.IsType<InvalidOperationException>(Assert.Single(_told));
    }

    /// <summary>Whoever revokes has others to ask about.</summary>
    [Fact]
    public async Task Revoked_TheTransportThrowsWhenItIsAborted_WhoRevokesHearsNothingOfItAndItIsTold()
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var there = client;
        await using var here = new FaultyConnection(server);
        using var admission = new Admission();
        await client.Output.WriteAsync(Octets.Join(Octets.Greeting31("PLAIN"), Octets.Command("HELLO", [1, (byte)'u', 1, (byte)'p'])));
        var authenticator = new Verdict(AuthenticationResult.Success("u", admission: admission));
        var handshake = HandshakeDriver.RunAsync(here, Options(), isConnecting: false, authenticator, TestTimeout.Token);
        await ReadToWelcomeAsync(client);
        here.AfterAbort = Throw;

        Assert.True(admission.Revoke("He has left."));

        await Assert.ThrowsAsync<ZmtpRevokedException>(() => handshake.WithinAsync());
        Assert.IsType<InvalidOperationException>(Assert.Single(_told));
        here.AfterAbort = static () => { };
    }

    private static void Throw() => throw new InvalidOperationException("Not so soon.");

    private static async Task ReadToWelcomeAsync(InMemoryConnection client)
    {
        while (true)
        {
            var result = await client.Input.ReadAsync(TestTimeout.Token);
            var hasCome = result.Buffer.FirstSpan.IndexOf("WELCOME"u8) >= 0;
            client.Input.AdvanceTo(hasCome ? result.Buffer.End : result.Buffer.Start, result.Buffer.End);
            if (hasCome) return;
        }
    }

    private ConnectionOptions Options() => new()
    {
        SocketType = SocketType.Pull,
        Security = PlainSecurity.Server(),
        LocalMetadata = HandshakeContexts.Metadata(SocketType.Pull),
        Time = new FakeTimeProvider(),
        OnDefect = _told.Add,
    };

    private sealed class Verdict(AuthenticationResult result) : IAuthenticator
    {
        public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken) =>
            ValueTask.FromResult(result);
    }
}
