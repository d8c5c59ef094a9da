using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Transports;
using Zmtp.Wire;

namespace Zmtp.Core.Tests.Engine;

public class HandshakeDriverTests
{
    /// <summary>The peer has sent everything: the transport never has to wait, whichever way it cuts the octets.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(Greeting.Length - 1)]
    [InlineData(Greeting.Length)]
    [InlineData(Greeting.Length + 1)]
    [InlineData(int.MaxValue)]
    public async Task Accepting_EverythingIsThereAtOnce_TheAuthenticatorDoesNotRunOnTheThreadThatAccepts(int maximumRead)
    {
        var (client, server) = InMemoryConnection.CreatePair(maximumRead: maximumRead);
        await using var there = client;
        await using var here = server;
        await client.Output.WriteAsync(Octets.Join(Octets.Greeting31("PLAIN"), Octets.Command("HELLO", [1, (byte)'u', 1, (byte)'p'])));
        var authenticator = new ThreadNoter();

        authenticator.IsAtIt = true;
        var handshake = HandshakeDriver.RunAsync(server, Options(PlainSecurity.Server()), isConnecting: false, authenticator, TestTimeout.Token);
        authenticator.IsAtIt = false;

        Assert.False(await authenticator.WasAskedMeanwhile.WithinAsync());
        client.Abort();
        await Assert.ThrowsAnyAsync<ZmtpException>(() => handshake.WithinAsync());
    }

    [Fact]
    public async Task Connecting_ThePeerIsQuick_TheAuthenticatorDoesNotRunOnTheThreadThatConnects()
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var here = client;
        await using var there = server;
        await server.Output.WriteAsync(Octets.Join(Octets.Greeting31("NULL"), Octets.Ready("PUSH")));
        var authenticator = new ThreadNoter();

        authenticator.IsAtIt = true;
        var options = Options(NullSecurity.Instance, domain: "global");
        var handshake = HandshakeDriver.RunAsync(client, options, isConnecting: true, authenticator, TestTimeout.Token);
        authenticator.IsAtIt = false;

        Assert.False(await authenticator.WasAskedMeanwhile.WithinAsync());
        await using var connection = await handshake.WithinAsync();
    }

    /// <summary>Receive buffers go back to a pool that all connections share.</summary>
    [Theory]
    [InlineData("well formed", new byte[0], 0)]
    [InlineData("an octet too many", new byte[] { 0 }, 0)]
    [InlineData("cut off", new byte[0], 1)]
    public async Task Accepting_HelloWithAPassword_NothingOfItIsLeftInTheReceiveBuffer(string what, byte[] excess, int missing)
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var there = client;
        byte[] hello = [3, .. "joe"u8, 11, .. "my password"u8, .. excess];
        var octets = Octets.Join(Octets.Greeting31("PLAIN"), Octets.Command("HELLO", hello))[..^missing];
        await using var here = new GivenOctets(server, octets);

        await Assert.ThrowsAnyAsync<ZmtpException>(
            () => HandshakeDriver.RunAsync(here, Options(PlainSecurity.Server()), isConnecting: false, null, TestTimeout.Token).WithinAsync());

        Assert.True(octets.AsSpan().IndexOf("my passwor"u8) < 0, $"The password of a HELLO, {what}, is still there.");
    }

    [Fact]
    public async Task Refused_ThePeerStaysAndTheSocketCloses_EndsAtOnce()
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var there = client;
        await using var here = server;
        using var closing = new CancellationTokenSource();
        var handshake = RefuseAsync(client, server, closing.Token);
        await ReadToErrorAsync(client);

        await closing.CancelAsync();

        await Assert.ThrowsAnyAsync<ZmtpException>(() => handshake.WithinAsync());
    }

    [Fact]
    public async Task Refused_ThePeerSendsOnAndOn_EndsBeforeTheTimeIsOver()
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var there = client;
        await using var here = server;
        var handshake = RefuseAsync(client, server, TestTimeout.Token);
        await ReadToErrorAsync(client);

        var flood = client.Output.WriteAsync(new byte[1024 * 1024]).AsTask();

        await Assert.ThrowsAnyAsync<ZmtpException>(() => handshake.WithinAsync());
        server.Abort();
        await flood.ContinueWith(static _ => { }, TaskScheduler.Default).WithinAsync();
    }

    /// <summary>A PLAIN server that refuses its client. Time stands still.</summary>
    private static async Task RefuseAsync(InMemoryConnection client, InMemoryConnection server, CancellationToken closing)
    {
        await client.Output.WriteAsync(
            Octets.Join(Octets.Greeting31("PLAIN"), Octets.Command("HELLO", [1, (byte)'u', 1, (byte)'p'])), CancellationToken.None);
        var options = Options(PlainSecurity.Server()) with { Time = new FakeTimeProvider() };
        await HandshakeDriver.RunAsync(server, options, isConnecting: false, new Refuser(), closing);
    }

    private static async Task ReadToErrorAsync(InMemoryConnection client)
    {
        while (true)
        {
            var result = await client.Input.ReadAsync(TestTimeout.Token);
            var hasCome = result.Buffer.ToArray().AsSpan().IndexOf("ERROR"u8) >= 0;
            client.Input.AdvanceTo(hasCome ? result.Buffer.End : result.Buffer.Start, result.Buffer.End);
            if (hasCome) return;
        }
    }

    private sealed class Refuser : IAuthenticator
    {
        public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken) =>
            ValueTask.FromResult(AuthenticationResult.Denied("not here"));
    }

    /// <summary>A connection whose receive buffer is an array of the test's.</summary>
    private sealed class GivenOctets(InMemoryConnection inner, byte[] octets) : WrappedConnection(inner)
    {
        public override PipeReader Input { get; } = PipeReader.Create(new ReadOnlySequence<byte>(octets));
    }

    private static ConnectionOptions Options(ZmtpSecurity security, string domain = "") => new()
    {
        SocketType = SocketType.Pull,
        Security = security,
        Domain = domain,
        LocalMetadata = HandshakeContexts.Metadata(SocketType.Pull),
    };

    /// <summary>Notes whether it is asked on the thread that made it, while that one accepts or connects.</summary>
    private sealed class ThreadNoter : IAuthenticator
    {
        private readonly int _thread = Environment.CurrentManagedThreadId;
        private readonly TaskCompletionSource<bool> _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _isAtIt;

        public Task<bool> WasAskedMeanwhile => _asked.Task;

        public bool IsAtIt
        {
            get => _isAtIt;
            set => _isAtIt = value;
        }

        public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
        {
            _asked.SetResult(IsAtIt && Environment.CurrentManagedThreadId == _thread);
            return ValueTask.FromResult(AuthenticationResult.Success("u"));
        }
    }
}
