using Xunit;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Mechanisms.Tests;

public sealed class NullMechanismTests
{
    private static readonly byte[] ReadyDealer = Hex.Of(
        "05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 06 44 45 41 4C 45 52 08 49 64 65 6E 74 69 74 79 00 00 00 00");

    private static readonly byte[] ReadyRouter = Hex.Of(
        "05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 06 52 4F 55 54 45 52 08 49 64 65 6E 74 69 74 79 00 00 00 00");

    private static readonly byte[] ReadyReq = Hex.Of("05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 03 52 45 51");

    private static readonly byte[] ReadySub = Hex.Of("05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 03 53 55 42");

    private static readonly byte[] Error400 = Hex.Of("05 45 52 52 4F 52 03 34 30 30");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [Spec("ZMTP30-48", "ZMTP30-49", "ZMTP30-58", "ZMTP30-64", "ZMTP31-09")]
    public void NULL_Connecting_SendsReadyAtOnceAndThenWaits(int peerMinor)
    {
        using var mechanism = Create(SocketType.Dealer, isConnecting: true, peerMinor);

        Assert.Equal(MechanismStatus.Sending, mechanism.Status);
        Assert.Equal(ReadyDealer, mechanism.Write());
        Assert.Equal(MechanismStatus.Receiving, mechanism.Status);
        mechanism.ReadCommand(ReadyRouter);
        Assert.Equal(MechanismStatus.Ready, mechanism.Status);
        Assert.False(mechanism.IsSealing);
        Assert.Equal(0, mechanism.SealOverhead);
    }

    [Fact]
    [Spec("ZMTP30-49")]
    public void NULL_BoundTowardsMinor0_SendsReadyAtOnce()
    {
        using var mechanism = Create(SocketType.Router, isConnecting: false, peerMinor: 0);

        Assert.Equal(MechanismStatus.Sending, mechanism.Status);
        Assert.Equal(ReadyRouter, mechanism.Write());
        mechanism.ReadCommand(ReadyDealer);
        Assert.Equal(MechanismStatus.Ready, mechanism.Status);
    }

    [Fact]
    [Spec("ZMTP31-07", "ZMTP31-10", "ZMTP31-11")]
    public void NULL_BoundTowardsMinor1_WaitsForReadyAndAnswersIt()
    {
        using var mechanism = Create(SocketType.Router, isConnecting: false);

        Assert.Equal(MechanismStatus.Receiving, mechanism.Status);
        mechanism.ReadCommand(ReadyDealer);
        Assert.Equal(MechanismStatus.Sending, mechanism.Status);
        Assert.Equal(ReadyRouter, mechanism.Write());
        Assert.Equal(MechanismStatus.Ready, mechanism.Status);
    }

    [Fact]
    [Spec("ZMTP30-67", "ZMTP30-68", "ZMTP31-18", "ZMTP31-19")]
    public void NULL_BoundTowardsMinor1AndSocketTypeDoesNotFit_AnswersError()
    {
        using var mechanism = Create(SocketType.Rep, isConnecting: false);

        mechanism.ReadCommand(ReadySub);

        Assert.Equal(MechanismStatus.Sending, mechanism.Status);
        Assert.Equal((byte[])[5, .. "ERROR"u8, 24, .. "Incompatible-Socket-Type"u8], mechanism.Write());
        Assert.Equal(MechanismStatus.Failed, mechanism.Status);
        Assert.Equal(ProtocolError.IncompatibleSocketType, Assert.IsType<ZmtpProtocolException>(mechanism.Failure).Error);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    [Spec("ZMTP30-31", "ZMTP30-67")]
    public void NULL_ReadyAlreadySentAndSocketTypeDoesNotFit_Closes(bool isConnecting, int peerMinor)
    {
        using var mechanism = Create(SocketType.Rep, isConnecting, peerMinor);
        mechanism.Write();

        var error = Expect.Refusal(ProtocolError.IncompatibleSocketType, () => mechanism.ReadCommand(ReadySub));

        Assert.False(error.MayRetry);
    }

    [Theory]
    [InlineData("05 52 45 41 44 59")]
    [InlineData("05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 03 46 4F 4F")]
    [InlineData("05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 06 64 65 61 6C 65 72")]
    [InlineData("05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 07 44 45 41 4C 45 52 20")]
    [Spec("ZMTP30-66", "ZMTP30-67")]
    public void NULL_SocketTypeMissingOrUnknown_Closes(string ready)
    {
        using var mechanism = Create(SocketType.Router, isConnecting: true);
        mechanism.Write();

        Expect.Refusal(ProtocolError.IncompatibleSocketType, () => mechanism.ReadCommand(Hex.Of(ready)));
    }

    [Theory]
    [InlineData("00 00 00 00 00")]
    [InlineData("01 41 80 00 00 00")]
    [InlineData("01 41 FF FF FF FF")]
    [InlineData("01 41 00 00 00 01")]
    [InlineData("03 58 2D 01 00 00 00 00")]
    [InlineData("00")]
    [Spec("ZMTP30-54", "ZMTP30-56", "ZMTP30-57", "ZMTP30-60")]
    public void NULL_MalformedProperty_Closes(string property)
    {
        using var mechanism = Create(SocketType.Router, isConnecting: false);

        Expect.Refusal(ProtocolError.InvalidMetadata, () => mechanism.ReadCommand([.. ReadyReq, .. Hex.Of(property)]));
    }

    [Fact]
    public void NULL_MoreThan256Properties_Closes()
    {
        using var mechanism = Create(SocketType.Router, isConnecting: false);
        byte[] properties = [.. Enumerable.Repeat(Hex.Of("01 41 00 00 00 00"), 256).SelectMany(static property => property)];

        Expect.Refusal(ProtocolError.InvalidMetadata, () => mechanism.ReadCommand([.. ReadyDealer, .. properties]));
    }

    [Theory]
    [InlineData("08 49 64 65 6E 74 69 74 79 00 00 00 02 00 41", ProtocolError.InvalidIdentity)]
    [InlineData("0B 53 4F 43 4B 45 54 2D 54 59 50 45 00 00 00 03 53 55 42", ProtocolError.InvalidMetadata)]
    [Spec("ZMTP31-16", "ZMTP30-55")]
    public void NULL_IdentityWithZeroOrSocketTypeTwice_Closes(string property, ProtocolError expected)
    {
        using var mechanism = Create(SocketType.Router, isConnecting: false);

        Expect.Refusal(expected, () => mechanism.ReadCommand([.. ReadyReq, .. Hex.Of(property)]));
    }

    [Fact]
    [Spec("ZMTP30-71")]
    public void NULL_IdentityOf256Octets_Closes()
    {
        using var mechanism = Create(SocketType.Router, isConnecting: false);
        byte[] ready = [.. ReadyReq, 8, .. "Identity"u8, 0, 0, 1, 0, .. Hex.Repeat((byte)'A', 256)];

        Expect.Refusal(ProtocolError.InvalidIdentity, () => mechanism.ReadCommand(ready));
    }

    [Fact]
    [Spec("ZMTP30-55", "ZMTP30-63", "ZMTP30-65", "ZMTP30-59")]
    public void NULL_PropertyNames_AreReadWithoutRegardToCase()
    {
        using var mechanism = Create(SocketType.Pub, isConnecting: false);

        mechanism.ReadCommand(
            [5, .. "READY"u8, 11, .. "SOCKET-TYPE"u8, 0, 0, 0, 3, .. "SUB"u8, 5, .. "X-foo"u8, 0, 0, 0, 1, .. "y"u8, 3, .. "X-e"u8, 0, 0, 0, 0]);

        Assert.Equal("SUB", mechanism.PeerMetadata.GetText("Socket-Type"));
        Assert.Equal("y", mechanism.PeerMetadata.GetText("x-FOO"));
        Assert.Equal("", mechanism.PeerMetadata.GetText("X-e"));
    }

    [Theory]
    [InlineData("400", AuthenticationStatus.Denied)]
    [InlineData("500", AuthenticationStatus.InternalError)]
    [InlineData("300", AuthenticationStatus.Denied)]
    [InlineData("", AuthenticationStatus.Denied)]
    [InlineData("Nope", AuthenticationStatus.Denied)]
    [InlineData("4000", AuthenticationStatus.Denied)]
    [Spec("ZMTP30-30", "ZMTP30-61")]
    public void NULL_ErrorReceived_FailsWithItsReason(string reason, AuthenticationStatus status)
    {
        foreach (var isConnecting in (bool[])[true, false])
        {
            using var mechanism = Create(SocketType.Router, isConnecting);
            if (isConnecting) mechanism.Write();

            mechanism.ReadCommand([5, .. "ERROR"u8, (byte)reason.Length, .. System.Text.Encoding.ASCII.GetBytes(reason)]);

            Assert.Equal(MechanismStatus.Failed, mechanism.Status);
            var failure = Assert.IsType<ZmtpAuthenticationException>(mechanism.Failure);
            Assert.Equal(status, failure.Status);
            Assert.Equal(reason, failure.Reason);
            Assert.False(failure.MayRetry);
        }
    }

    [Fact]
    [Spec("ZMTP30-68")]
    public void NULL_ErrorOverTheSocketType_IsToldAsOne()
    {
        using var mechanism = Create(SocketType.Router, isConnecting: true);
        mechanism.Write();

        mechanism.ReadCommand([5, .. "ERROR"u8, 24, .. "Incompatible-Socket-Type"u8]);

        var failure = Assert.IsType<ZmtpProtocolException>(mechanism.Failure);
        Assert.Equal(ProtocolError.IncompatibleSocketType, failure.Error);
        Assert.False(failure.MayRetry);
    }

    [Theory]
    [InlineData("05 45 52 52 4F 52")]
    [InlineData("05 45 52 52 4F 52 04 34 30 30")]
    [InlineData("05 45 52 52 4F 52 02 34 30 30")]
    [Spec("ZMTP30-61")]
    public void NULL_MalformedErrorReceived_Closes(string error)
    {
        using var mechanism = Create(SocketType.Router, isConnecting: false);

        Expect.Refusal(ProtocolError.MalformedError, () => mechanism.ReadCommand(Hex.Of(error)));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 1)]
    [InlineData(false, 0)]
    [Spec("ZAP-50")]
    public void NULL_WithADomain_AsksBeforeReadyIsSent(bool isConnecting, int peerMinor)
    {
        using var mechanism = Create(SocketType.Router, isConnecting, peerMinor, "global");

        Assert.Equal(MechanismStatus.Authenticating, mechanism.Status);
        var request = mechanism.AuthenticationRequest;
        Assert.Equal(("NULL", "global", "127.0.0.1"), (request.Mechanism, request.Domain, request.Address));
        Assert.Empty(request.Credentials);
        Assert.True(request.Identity.IsEmpty);

        mechanism.Authenticate(AuthenticationResult.Success("bob"));
        Assert.Equal(isConnecting || peerMinor == 0 ? MechanismStatus.Sending : MechanismStatus.Receiving, mechanism.Status);
        Assert.Equal("bob", mechanism.Verdict?.UserId);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("ZAP-50")]
    public void NULL_AuthenticatorRefuses_SendsErrorWithTheCode(bool isConnecting)
    {
        using var mechanism = Create(SocketType.Router, isConnecting, domain: "global");

        mechanism.Authenticate(AuthenticationResult.Denied("not on the list"));

        Assert.Equal(MechanismStatus.Sending, mechanism.Status);
        Assert.Equal(Error400, mechanism.Write());
        Assert.Equal(MechanismStatus.Failed, mechanism.Status);
        var failure = Assert.IsType<ZmtpAuthenticationException>(mechanism.Failure);
        Assert.Equal((AuthenticationStatus.Denied, "not on the list", false), (failure.Status, failure.Reason, failure.MayRetry));
        Assert.Contains("not on the list", failure.Message, StringComparison.Ordinal);
        Assert.Null(mechanism.Verdict);
    }

    [Fact]
    public void NULL_AuthenticatorFails_SendsError500()
    {
        using var mechanism = Create(SocketType.Router, isConnecting: false, domain: "global");

        mechanism.Authenticate(AuthenticationResult.InternalError("boom"));

        Assert.Equal(Hex.Of("05 45 52 52 4F 52 03 35 30 30"), mechanism.Write());
        Assert.Equal(MechanismStatus.Failed, mechanism.Status);
    }

    [Fact]
    public void NULL_AuthenticatorCannotDecide_FailsInSilence()
    {
        using var mechanism = Create(SocketType.Router, isConnecting: false, domain: "global");

        mechanism.Authenticate(AuthenticationResult.TemporaryError("busy"));

        Assert.Equal(MechanismStatus.Failed, mechanism.Status);
        Assert.True(mechanism.Failure?.MayRetry);
    }

    [Fact]
    [Spec("ZMTP30-66", "ZMTP30-67", "ZMTP31-17", "ZMTP31-18")]
    public void NULL_EveryPairOfSocketTypes_SucceedsOrFailsByTheTable()
    {
        string[] legal =
        [
            "PAIR-PAIR", "PUB-SUB", "PUB-XSUB", "XPUB-SUB", "XPUB-XSUB", "REQ-REP", "REQ-ROUTER", "DEALER-REP", "DEALER-DEALER", "DEALER-ROUTER",
            "ROUTER-ROUTER", "PUSH-PULL", "CLIENT-SERVER", "RADIO-DISH", "SCATTER-GATHER", "PEER-PEER", "CHANNEL-CHANNEL",
        ];
        foreach (var one in Enum.GetValues<SocketType>())
        {
            foreach (var other in Enum.GetValues<SocketType>())
            {
                using var pair = new MechanismPair(
                    NullSecurity.Instance,
                    NullSecurity.Instance,
                    HandshakeContexts.Create(one, isConnecting: true),
                    HandshakeContexts.Create(other, isConnecting: false)).Run();
                var (a, b) = (SocketTypes.ToToken(one), SocketTypes.ToToken(other));
                var expected = legal.Contains($"{a}-{b}") || legal.Contains($"{b}-{a}") ? MechanismStatus.Ready : MechanismStatus.Failed;
                Assert.True(expected == pair.Connecting.Status && expected == pair.Bound.Status, $"{a} and {b}: {pair.Connecting.Status}");
            }
        }
    }

    private static Mechanism Create(SocketType type, bool isConnecting, int peerMinor = 1, string domain = "") =>
        NullSecurity.Instance.CreateMechanism(HandshakeContexts.Create(type, isConnecting, peerMinor, domain));
}
