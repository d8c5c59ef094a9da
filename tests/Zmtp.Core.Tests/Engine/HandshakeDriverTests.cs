using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
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

        authenticator.IsAccepting = true;
        var handshake = HandshakeDriver.RunAsync(server, Options(PlainSecurity.Server()), isConnecting: false, authenticator, TestTimeout.Token);
        authenticator.IsAccepting = false;

        Assert.False(await authenticator.WasAskedWhileAccepting.WithinAsync());
        client.Abort();
        await Assert.ThrowsAnyAsync<ZmtpException>(() => handshake.WithinAsync());
    }

    private static ConnectionOptions Options(ZmtpSecurity security) => new()
    {
        SocketType = SocketType.Pull,
        Security = security,
        LocalMetadata = HandshakeContexts.Metadata(SocketType.Pull),
    };

    /// <summary>Notes whether it is asked while the thread that made it accepts, on that thread.</summary>
    private sealed class ThreadNoter : IAuthenticator
    {
        private readonly int _accepting = Environment.CurrentManagedThreadId;
        private readonly TaskCompletionSource<bool> _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _isAccepting;

        public Task<bool> WasAskedWhileAccepting => _asked.Task;

        public bool IsAccepting
        {
            get => _isAccepting;
            set => _isAccepting = value;
        }

        public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
        {
            _asked.SetResult(IsAccepting && Environment.CurrentManagedThreadId == _accepting);
            return ValueTask.FromResult(AuthenticationResult.Success("u"));
        }
    }
}
