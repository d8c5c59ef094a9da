using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing.Curve;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>The built-in mechanisms with credentials for tests: PLAIN is admin/secret, CURVE has the keys of the RFC's examples.</summary>
internal static class TestSecurity
{
    public static ZmtpSecurity Client(string mechanism) => mechanism switch
    {
        "NULL" => NullSecurity.Instance,
        "PLAIN" => PlainSecurity.Client("admin", "secret"),
        "CURVE" => CurveSecurity.Client(
            new CurveKeyPair(new CurveSecretKey(CurveKeys.TestClient.Secret)), new CurvePublicKey(CurveKeys.TestServer.Public)),
        _ => throw new ArgumentOutOfRangeException(nameof(mechanism)),
    };

    /// <summary>A CURVE server lets any key in; a PLAIN server needs an authenticator on its context.</summary>
    public static ZmtpSecurity Server(string mechanism) => mechanism switch
    {
        "NULL" => NullSecurity.Instance,
        "PLAIN" => PlainSecurity.Server(),
        "CURVE" => CurveSecurity.Server(new CurveKeyPair(new CurveSecretKey(CurveKeys.TestServer.Secret)), CurveClients.AllowAny),
        _ => throw new ArgumentOutOfRangeException(nameof(mechanism)),
    };
}
