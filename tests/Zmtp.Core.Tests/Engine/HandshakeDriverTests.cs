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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Accepting_TheAuthenticatorAnswersTooLate_ThePasswordIsThereUntilItDoes(bool socketCloses)
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var there = client;
        await using var here = server;
        await client.Output.WriteAsync(
            Octets.Join(Octets.Greeting31("PLAIN"), Octets.Command("HELLO", [1, (byte)'u', 4, .. "pass"u8])), CancellationToken.None);
        var time = new FakeTimeProvider();
        using var closing = new CancellationTokenSource();
        var authenticator = new SlowAuthenticator();
        var options = Options(PlainSecurity.Server()) with { Time = time };
        var handshake = HandshakeDriver.RunAsync(server, options, isConnecting: false, authenticator, closing.Token);
        var password = (await authenticator.Asked.WithinAsync()).Credentials[1];
        if (socketCloses)
        {
            await closing.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => handshake.WithinAsync());
        }
        else
        {
            time.Advance(options.HandshakeTimeout);
            var error = await Assert.ThrowsAsync<ZmtpProtocolException>(() => handshake.WithinAsync());
            Assert.Equal(ProtocolError.HandshakeTimeout, error.Error);
        }

        Assert.Equal("pass"u8, password.Span);
        authenticator.Answer.SetResult(AuthenticationResult.Success("u"));
        Assert.Equal(new byte[4], password.ToArray());
    }

    /// <summary>The mechanism is no longer the handshake's then: until the second answer comes the authenticator reads what it holds.</summary>
    [Fact]
    public async Task Accepting_TheFirstVerdictIsRevokedAndTheSecondTooLate_TheRevocationIsTold()
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var there = client;
        await using var here = server;
        await client.Output.WriteAsync(Octets.Greeting31("NONE"), CancellationToken.None);
        var time = new FakeTimeProvider();
        using var admission = new Admission();
        var second = new SlowAuthenticator();
        var options = Options(new AsksTwice()) with { Time = time };
        var authenticator = new InTurn(AuthenticationResult.Success("joe", admission: admission), second);
        var handshake = HandshakeDriver.RunAsync(server, options, isConnecting: false, authenticator, TestTimeout.Token);
        await second.Asked.WithinAsync();

        Assert.True(admission.Revoke("He has left."));
        time.Advance(options.HandshakeTimeout);

        var error = await Assert.ThrowsAsync<ZmtpRevokedException>(() => handshake.WithinAsync());
        Assert.Equal(("joe", "He has left."), (error.UserId, error.Reason));
        second.Answer.SetResult(AuthenticationResult.Denied("too late"));
    }

    [Fact]
    public async Task Accepting_AMechanismThatIsReadyWithoutASocketType_IsADefectAndTheMechanismIsDisposedOf()
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var there = client;
        await using var here = server;
        await client.Output.WriteAsync(Octets.Greeting31("NONE"), CancellationToken.None);
        var security = new NoSocketType();
        var handshake = HandshakeDriver.RunAsync(server, Options(security), isConnecting: false, null, TestTimeout.Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => handshake.WithinAsync());
        Assert.True(security.IsDisposed);
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

    /// <summary>The peer should not wait for what is computed ahead.</summary>
    [Fact]
    public async Task Handshake_BeforeTheNextWait_WorksAheadOnceEverythingIsSent()
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var here = client;
        await using var there = server;
        await server.Output.WriteAsync(Octets.Greeting31("NONE"));
        var security = new WorksAhead(whatHasLeft: () =>
        {
            if (!server.Input.TryRead(out var result)) return "";
            var octets = result.Buffer.ToArray();
            server.Input.AdvanceTo(result.Buffer.Start);
            return System.Text.Encoding.Latin1.GetString(octets);
        });

        var handshake = HandshakeDriver.RunAsync(client, Options(security), isConnecting: true, authenticator: null, TestTimeout.Token);
        var hadLeft = await security.WorkedAhead.WithinAsync();
        await server.Output.WriteAsync(Octets.Command("LAST"));
        await using var connection = await handshake.WithinAsync();

        Assert.EndsWith("FIRST", hadLeft, StringComparison.Ordinal);
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

    /// <summary>Of an application; its mechanism is ready at once, and knows nothing of the peer.</summary>
    private sealed class NoSocketType : ZmtpSecurity
    {
        public override string MechanismName => "NONE";

        public override bool IsServer => false;

        public override bool HasRoles => false;

        public bool IsDisposed { get; private set; }

        public override Mechanism CreateMechanism(HandshakeContext context) => new Ready(this);

        private sealed class Ready(NoSocketType owner) : Mechanism
        {
            public override MechanismStatus Status => MechanismStatus.Ready;

            public override ZmtpException? Failure => null;

            public override ZmtpMetadata PeerMetadata => ZmtpMetadata.Empty;

            public override void WriteCommand(IBufferWriter<byte> output) => throw new NotSupportedException();

            public override void ReadCommand(ReadOnlySpan<byte> body) => throw new NotSupportedException();

            protected override void Dispose(bool disposing)
            {
                owner.IsDisposed = true;
                base.Dispose(disposing);
            }
        }
    }

    /// <summary>Of an application; sends FIRST, then takes whatever comes.</summary>
    private sealed class WorksAhead(Func<string> whatHasLeft) : ZmtpSecurity
    {
        private Func<string> WhatHasLeft { get; } = whatHasLeft;

        private readonly TaskCompletionSource<string> _workedAhead = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> WorkedAhead => _workedAhead.Task;

        public override string MechanismName => "NONE";

        public override bool IsServer => false;

        public override bool HasRoles => false;

        public override Mechanism CreateMechanism(HandshakeContext context) => new OneEach(this);

        private sealed class OneEach(WorksAhead owner) : Mechanism
        {
            private MechanismStatus _status = MechanismStatus.Sending;

            public override MechanismStatus Status => _status;

            public override ZmtpException? Failure => null;

            public override ZmtpMetadata PeerMetadata { get; } = HandshakeContext.ReadPeerMetadata(Octets.Metadata("PUSH"));

            public override void WriteCommand(IBufferWriter<byte> output)
            {
                output.Write("\u0005FIRST"u8);
                _status = MechanismStatus.Receiving;
            }

            public override void WorkAhead() => owner._workedAhead.TrySetResult(owner.WhatHasLeft());

            public override void ReadCommand(ReadOnlySpan<byte> body) => _status = MechanismStatus.Ready;
        }
    }

    /// <summary>Of an application; needs two verdicts, before it has heard anything of the peer.</summary>
    private sealed class AsksTwice : ZmtpSecurity
    {
        public override string MechanismName => "NONE";

        public override bool IsServer => false;

        public override bool HasRoles => false;

        public override Mechanism CreateMechanism(HandshakeContext context) => new Asking();

        private sealed class Asking : Mechanism
        {
            private AuthenticationResult? _verdict;

            public override MechanismStatus Status => MechanismStatus.Authenticating;

            public override ZmtpException? Failure => null;

            public override ZmtpMetadata PeerMetadata => ZmtpMetadata.Empty;

            public override AuthenticationRequest AuthenticationRequest { get; } = new("", "", default, "NONE", []);

            public override AuthenticationResult? Verdict => _verdict;

            public override void Authenticate(AuthenticationResult result) => _verdict = result;

            public override void WriteCommand(IBufferWriter<byte> output) => throw new NotSupportedException();

            public override void ReadCommand(ReadOnlySpan<byte> body) => throw new NotSupportedException();
        }
    }

    /// <summary>Answers once, then another one does.</summary>
    private sealed class InTurn(AuthenticationResult first, IAuthenticator next) : IAuthenticator
    {
        private bool _hasAnswered;

        public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
        {
            if (_hasAnswered) return next.AuthenticateAsync(request, cancellationToken);
            _hasAnswered = true;
            return ValueTask.FromResult(first);
        }
    }

    private sealed class SlowAuthenticator : IAuthenticator
    {
        private readonly TaskCompletionSource<AuthenticationRequest> _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<AuthenticationRequest> Asked => _asked.Task;

        /// <summary>What waits for it goes on where it is given.</summary>
        public TaskCompletionSource<AuthenticationResult> Answer { get; } = new();

        public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
        {
            _asked.SetResult(request);
            return new ValueTask<AuthenticationResult>(Answer.Task);
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
}
