using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Transports;
using Zmtp.Wire;

namespace Zmtp.Core.Tests.Engine;

/// <summary>Whoever accepts or connects is not held up, whatever part of a handshake another thread is quick with.</summary>
public class HandshakeThreadTests
{
    private static readonly byte[] Hello = Octets.Command("HELLO", [1, (byte)'u', 1, (byte)'p']);

    [Theory]
    [InlineData(Greeting.Length + 1)]
    [InlineData(int.MaxValue)]
    public async Task Accepting_TheRestIsDoneBeforeTheThreadThatAcceptsLooks_TheAuthenticatorDoesNotRunOnIt(int maximumRead)
    {
        var (client, server) = InMemoryConnection.CreatePair(maximumRead: maximumRead);
        await using var there = client;
        await using var here = new Overtaken(server);
        await client.Output.WriteAsync(Octets.Join(Octets.Greeting31("PLAIN"), Hello));

        var (authenticator, handshake) = await BeginAsync(here, isConnecting: false);

        Assert.False(await authenticator.WasAskedMeanwhile.WithinAsync());
        Assert.True(await here.HasBeenOvertaken.WithinAsync());
        client.Abort();
        await Assert.ThrowsAnyAsync<ZmtpException>(() => handshake.WithinAsync());
    }

    [Fact]
    public async Task Accepting_ThePeerIsRefusedBeforeTheThreadThatAcceptsLooks_TheConnectionIsNotEndedOnIt()
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var there = client;
        await using var here = new Overtaken(server);
        await client.Output.WriteAsync(Octets.Join(Octets.Greeting31("PLAIN"), Hello));
        client.CompleteOutput();

        var (_, handshake) = await BeginAsync(here, isConnecting: false, AuthenticationResult.Denied("not here"));

        await Assert.ThrowsAnyAsync<ZmtpException>(() => handshake.WithinAsync());
        Assert.False(here.WasEndedMeanwhile);
        Assert.True(await here.HasBeenOvertaken.WithinAsync());
    }

    /// <summary>The transport has nothing when it is asked, and has it as soon as somebody is about to wait.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Handshake_OctetsComeBetweenTheLookAndTheWait_TheAuthenticatorDoesNotRunOnTheCallersThread(bool isConnecting)
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var there = client;
        await using var here = new Hesitant(server);
        await client.Output.WriteAsync(isConnecting ? Octets.Greeting31() : Octets.Join(Octets.Greeting31("PLAIN"), Hello));

        var (authenticator, handshake) = await BeginAsync(here, isConnecting);

        Assert.False(await authenticator.WasAskedMeanwhile.WithinAsync());
        client.Abort();
        await Assert.ThrowsAnyAsync<ZmtpException>(() => handshake.WithinAsync());
    }

    private static async Task<(ThreadNoter Authenticator, Task Handshake)> BeginAsync(
        TransportConnection transport, bool isConnecting, AuthenticationResult? verdict = null)
    {
        ThreadNoter? authenticator = null;
        Task? handshake = null;
        var options = new ConnectionOptions
        {
            SocketType = SocketType.Pull,
            Security = isConnecting ? NullSecurity.Instance : PlainSecurity.Server(),
            Domain = isConnecting ? "global" : "",
            LocalMetadata = HandshakeContexts.Metadata(SocketType.Pull),
        };
        await Blocking.RunAsync(() =>
        {
            authenticator = new ThreadNoter { IsAtIt = true, Verdict = verdict ?? AuthenticationResult.Success("u") };
            handshake = HandshakeDriver.RunAsync(transport, options, isConnecting, authenticator, TestTimeout.Token);
            authenticator.IsAtIt = false;
            if (transport is Overtaken overtaken) overtaken.ComesBack();
        }).WithinAsync();
        return (authenticator!, handshake!);
    }

    /// <summary>Whoever has looked for octets is held up on its way back.</summary>
    private sealed class Overtaken : WrappedConnection
    {
        private readonly Overtaking _overtaking = new();
        private volatile bool _wasEndedMeanwhile;

        public Overtaken(TransportConnection inner)
            : base(inner)
        {
            Input = new Reader(inner.Input, _overtaking);
        }

        public bool WasEndedMeanwhile => _wasEndedMeanwhile;

        public Task<bool> HasBeenOvertaken => _overtaking.HasOvertaken;

        public override PipeReader Input { get; }

        public void ComesBack() => _overtaking.End();

        public override void CompleteOutput()
        {
            _wasEndedMeanwhile = _overtaking.IsCurrent;
            base.CompleteOutput();
        }

        private sealed class Reader(PipeReader inner, Overtaking overtaking) : WrappedReader(inner)
        {
            public override bool TryRead(out ReadResult result)
            {
                overtaking.Begin();
                return base.TryRead(out result);
            }
        }
    }

    private sealed class Hesitant(TransportConnection inner) : WrappedConnection(inner)
    {
        public override PipeReader Input { get; } = new Reader(inner.Input);

        /// <summary>
        /// The first read is pending for whoever looks first, and has completed for whoever looks again. Who waits for it is told elsewhere, before it
        /// has gone on: a task that is made of the read has completed when it is looked at.
        /// </summary>
        private sealed class Reader(PipeReader inner) : WrappedReader(inner), IValueTaskSource<ReadResult>
        {
            private bool _hasRead;
            private bool _wasLookedAt;

            public override bool TryRead(out ReadResult result)
            {
                result = default;
                return false;
            }

            public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
            {
                if (_hasRead) return base.ReadAsync(cancellationToken);
                _hasRead = true;
                return new ValueTask<ReadResult>(this, 0);
            }

            ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
            {
                base.TryRead(out var result);
                return result;
            }

            ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token)
            {
                var status = _wasLookedAt ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;
                _wasLookedAt = true;
                return status;
            }

            void IValueTaskSource<ReadResult>.OnCompleted(
                Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
                Assert.True(Blocking.RunAsync(() => continuation(state)).Wait(TestTimeout.Default));
        }
    }
}
