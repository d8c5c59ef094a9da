using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets;
using Zmtp.Testing;

namespace Zmtp.Interop.Tests;

/// <summary>What the probe says about libzmq's sockets, which close where ours answer.</summary>
public sealed class LibZmqProbeTests : IDisposable
{
    private static readonly SocketOptions Quick = new() { HandshakeTimeout = TimeSpan.FromSeconds(2) };

    private readonly LibZmqContext _theirs = new();
    private readonly CurveKeyPair _clientKeys = LibZmqKeys.TestClient.ToKeyPair();

    public void Dispose()
    {
        _theirs.Dispose();
        _clientKeys.Dispose();
    }

    [Theory]
    [InlineData(LibZmqSocketType.Router, SocketType.Router)]
    [InlineData(LibZmqSocketType.Rep, SocketType.Rep)]
    internal async Task LIBZMQ_AnOpenPeer_IsDescribed(LibZmqSocketType theirs, SocketType expected)
    {
        var report = await ProbeAsync(_theirs.Socket(theirs).Bind(), NullSecurity.Instance);
        Assert.Equal(ProbeOutcome.Success, report.Outcome);
        Assert.Equal(expected, report.Peer!.SocketType);
        Assert.Equal("NULL", report.Greeting!.Value.MechanismText);
    }

    [Fact]
    public async Task LIBZMQ_APeerOfAnotherType_IsNamed()
    {
        var report = await ProbeAsync(_theirs.Socket(LibZmqSocketType.Pub).Bind(), NullSecurity.Instance);
        Assert.Equal(ProbeOutcome.SocketTypeMismatch, report.Outcome);
        Assert.Equal(SocketType.Pub, report.PeerSocketType);
    }

    [Fact]
    public async Task LIBZMQ_AnotherMechanism_NamesBoth()
    {
        var endpoint = _theirs.Socket(LibZmqSocketType.Router).CurveServer(LibZmqKeys.TestServer).Bind();
        var report = await ProbeAsync(endpoint, NullSecurity.Instance);
        Assert.Equal(ProbeOutcome.MechanismMismatch, report.Outcome);
        Assert.Equal("CURVE", report.Greeting!.Value.MechanismText);
    }

    [Fact]
    public async Task LIBZMQ_TheServersKey_TellsRightFromWrong()
    {
        var endpoint = _theirs.Socket(LibZmqSocketType.Router).CurveServer(LibZmqKeys.TestServer).Bind();
        var right = CurvePublicKey.Parse(LibZmqKeys.TestServer.Public);
        Assert.Equal(ProbeOutcome.Success, (await ProbeAsync(endpoint, CurveSecurity.Client(_clientKeys, right))).Outcome);
        var wrong = CurveSecurity.Client(_clientKeys, _clientKeys.PublicKey);
        Assert.Equal(ProbeOutcome.ServerKeySuspected, (await ProbeAsync(endpoint, wrong)).Outcome);
    }

    [Theory]
    [InlineData("400", ProbeOutcome.Denied)]
    [InlineData("500", ProbeOutcome.AuthenticatorFailed)]
    public async Task LIBZMQ_AVerdict_IsTold(string status, ProbeOutcome expected)
    {
        using var handler = LibZmqZapHandler.Answering(_theirs, status);
        var endpoint = _theirs.Socket(LibZmqSocketType.Router).CurveServer(LibZmqKeys.TestServer, "global").Bind();
        var report = await ProbeAsync(endpoint, CurveSecurity.Client(_clientKeys, CurvePublicKey.Parse(LibZmqKeys.TestServer.Public)));
        Assert.Equal(expected, report.Outcome);
    }

    private static Task<ProbeReport> ProbeAsync(string endpoint, ZmtpSecurity security) =>
        ZmtpProbe.RunAsync(endpoint, SocketType.Dealer, Quick with { Security = security }).WithinAsync();
}
