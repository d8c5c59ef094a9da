using Zmtp.Testing.Peers;

namespace Zmtp.Testing.Curve;

/// <summary>A CURVE key pair in the clear, for tests.</summary>
/// <param name="Public">32 octets.</param>
/// <param name="Secret">32 octets.</param>
public sealed record CurveKeys(byte[] Public, byte[] Secret)
{
    /// <summary>32 octets, which no test may say.</summary>
    public byte[] Secret { get; } = Keep(Secret);

    /// <summary>The server's test pair of the zmq_curve manual page.</summary>
    public static CurveKeys TestServer { get; } = new(
        Octets.Hex("54FCBA24E93249969316FB617C872BB0C1D1FF14800427C594CBFACF1BC2D652"),
        Octets.Hex("8E0BDD697628B91D8F245587EE95C5B04D48963F79259877B49CD9063AEAD3B7"));

    /// <summary>The Z85 form of <see cref="TestServer"/>'s public key.</summary>
    public const string TestServerPublicZ85 = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";

    /// <summary>The Z85 form of <see cref="TestServer"/>'s secret key.</summary>
    public const string TestServerSecretZ85 = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";

    /// <summary>The client's test pair of the zmq_curve manual page.</summary>
    public static CurveKeys TestClient { get; } = new(
        Octets.Hex("BB88471D65E2659B30C55A5321CEBB5AAB2B70A398645C26DCA2B2FCB43FC518"),
        Octets.Hex("7BB864B489AFA3671FBE69101F94B38972F24816DFB01B51656B3FEC8DFD0888"));

    /// <summary>The Z85 form of <see cref="TestClient"/>'s public key.</summary>
    public const string TestClientPublicZ85 = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";

    /// <summary>The Z85 form of <see cref="TestClient"/>'s secret key.</summary>
    public const string TestClientSecretZ85 = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs";

    /// <summary>A fresh pair.</summary>
    public static CurveKeys Generate() => Sodium.GenerateKeys();

    /// <summary>The pair that belongs to a secret key.</summary>
    public static CurveKeys FromSecret(byte[] secret) => new(Sodium.DerivePublic(secret), secret);

    private static byte[] Keep(byte[] secret)
    {
        Searching.SecretJournal.Suite.Keep(secret, "a secret key of CurveKeys");
        return secret;
    }
}
