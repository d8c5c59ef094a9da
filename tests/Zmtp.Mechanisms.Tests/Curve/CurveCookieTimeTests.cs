using System.Buffers;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Engine;
using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Testing.Curve;
using Zmtp.Testing.Peers;

namespace Zmtp.Mechanisms.Tests;

/// <summary>However long a handshake may take, the server keeps K, and the cookie's content with it, for a short time only.</summary>
public sealed class CurveCookieTimeTests : DisposedTests
{
    private const int WelcomeFrame = 2 + 168;

    private readonly FakeTimeProvider _time = new();
    private readonly CurveClientScript _client = new(CurveKeys.TestClient, CurveKeys.TestServer.Public);
    private readonly Keeping _security = new(CurveSecurity.Server(Transcript.ServerKeys(), CurveClients.AllowAny));
    private readonly InMemoryConnection _there;
    private readonly InMemoryConnection _here;

    public CurveCookieTimeTests() => (_there, _here) = InMemoryConnection.CreatePair();

    public override async ValueTask DisposeAsync()
    {
        await _there.DisposeAsync();
        await _here.DisposeAsync();
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [Spec("CURVE-27")]
    public async Task INITIATE_DoesNotComeInTime_TheHandshakeEndsAndTheSecretsAreZero(bool worksAhead, bool partOfItComes)
    {
        var handshake = await WelcomeAsync(worksAhead);
        _time.Advance(CurveAwaitInitiate.CookieLifetime - TimeSpan.FromSeconds(1));
        if (partOfItComes) await _there.Output.WriteAsync(Initiate().AsMemory(0, 100));

        // A server that has sent WELCOME begins to wait for INITIATE a little later.
        var error = await Assert.ThrowsAsync<ZmtpProtocolException>(() => _time.PassUntilAsync(handshake, TimeSpan.FromSeconds(0.1)));
        Assert.Equal((ProtocolError.HandshakeTimeout, FaultOrigin.Peer), (error.Error, error.Origin));
        Assert.Contains("CURVE", error.Message, StringComparison.Ordinal);
        var state = Assert.IsType<CurveAwaitInitiate>(Assert.IsAssignableFrom<CurveMechanism>(_security.Made).State);
        Assert.NotEmpty(state.Secrets);
        Assert.All(state.Secrets, static secret => Assert.True(secret.IsZero));
    }

    [Fact]
    [Spec("CURVE-27")]
    public async Task INITIATE_ComesInTime_LetsThePeerIn()
    {
        var handshake = await WelcomeAsync(worksAhead: true);
        _time.Advance(CurveAwaitInitiate.CookieLifetime - TimeSpan.FromSeconds(1));

        await _there.Output.WriteAsync(Initiate());

        await using var connection = await handshake.WithinAsync();
        Assert.Equal(SocketType.Push, connection.Peer.SocketType);
    }

    private byte[] Initiate() => Octets.WithHeader(0x04, _client.Initiate(HandshakeContexts.Metadata(SocketType.Push)));

    /// <summary>A handshake that may take five minutes, once WELCOME has come.</summary>
    private async Task<Task<ZmtpConnection>> WelcomeAsync(bool worksAhead)
    {
        var options = new ConnectionOptions
        {
            SocketType = SocketType.Pull,
            Security = _security,
            LocalMetadata = HandshakeContexts.Metadata(SocketType.Pull),
            HandshakeTimeout = TimeSpan.FromMinutes(5),
            Time = _time,
        };
        var handshake = HandshakeDriver.RunAsync(_here, options, isConnecting: false, authenticator: null, TestTimeout.Token, worksAhead);
        await _there.Output.WriteAsync(Octets.Join(Octets.Greeting31("CURVE"), Octets.WithHeader(0x04, _client.Hello())));
        var length = Octets.Greeting31().Length + WelcomeFrame;
        var read = await _there.Input.ReadAtLeastAsync(length).AsTask().WithinAsync();
        _client.OpenWelcome(read.Buffer.Slice(length - WelcomeFrame + 2).ToArray());
        _there.Input.AdvanceTo(read.Buffer.End);
        return handshake;
    }

    /// <summary>Keeps the mechanism that it makes.</summary>
    private sealed class Keeping(ZmtpSecurity inner) : ZmtpSecurity
    {
        public Mechanism? Made { get; private set; }

        public override string MechanismName => inner.MechanismName;

        public override bool IsServer => inner.IsServer;

        public override bool HasRoles => inner.HasRoles;

        public override Mechanism CreateMechanism(HandshakeContext context) => Made = inner.CreateMechanism(context);
    }
}
