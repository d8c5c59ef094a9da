using Zmtp.Mechanisms;
using Zmtp.Testing.Curve;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>Server settings under which every mechanism asks the authenticator.</summary>
internal static class TestServers
{
    /// <summary>The ZAP domain of these servers.</summary>
    public const string Domain = "test";

    /// <summary>No linger, and NULL, PLAIN or CURVE with a domain. The CURVE server has the key of the RFC's examples.</summary>
    public static SocketOptions Asking(string mechanism) => Sut.Quick with
    {
        ZapDomain = Domain,
        Security = mechanism == "CURVE"
            ? CurveSecurity.Server(new CurveKeyPair(new CurveSecretKey(CurveKeys.TestServer.Secret)))
            : TestSecurity.Server(mechanism),
    };
}
