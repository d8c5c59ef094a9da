using System.Text;
using Zmtp.Mechanisms;
using Zmtp.Testing.Curve;

namespace Zmtp.Interop.Tests.LibZmq;

/// <summary>A CURVE key pair in Z85, as libzmq's options take it.</summary>
internal sealed record LibZmqKeys(string Public, string Secret)
{
    private const int Z85LengthWithNul = 41;

    /// <summary>The server's test pair of the zmq_curve manual page.</summary>
    public static LibZmqKeys TestServer { get; } = new(CurveKeys.TestServerPublicZ85, CurveKeys.TestServerSecretZ85);

    /// <summary>The client's test pair of the zmq_curve manual page.</summary>
    public static LibZmqKeys TestClient { get; } = new(CurveKeys.TestClientPublicZ85, CurveKeys.TestClientSecretZ85);

    /// <summary>A fresh pair, made by libzmq.</summary>
    public static unsafe LibZmqKeys Generate()
    {
        byte* publicKey = stackalloc byte[Z85LengthWithNul];
        byte* secretKey = stackalloc byte[Z85LengthWithNul];
        if (Native.zmq_curve_keypair(publicKey, secretKey) != 0)
        {
            throw LibZmqException.Last("zmq_curve_keypair");
        }

        return new LibZmqKeys(
            Encoding.ASCII.GetString(publicKey, Z85LengthWithNul - 1),
            Encoding.ASCII.GetString(secretKey, Z85LengthWithNul - 1));
    }

    /// <summary>The same pair as our sockets take it. The caller disposes it.</summary>
    public CurveKeyPair ToKeyPair()
    {
        using var secret = CurveSecretKey.Parse(Secret);
        return new CurveKeyPair(CurvePublicKey.Parse(Public), secret);
    }
}
