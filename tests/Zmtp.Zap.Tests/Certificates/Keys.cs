using Zmtp.Mechanisms;
using Zmtp.Testing.Searching;

namespace Zmtp.Zap.Tests;

/// <summary>The key pairs that libzmq's man page zmq_curve(7) prints, and certificates of them as CZMQ writes them.</summary>
internal static class Keys
{
    public const string ClientPublic = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
    public const string ClientSecret = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs";
    public const string ServerPublic = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
    public const string ServerSecret = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";

    public const string PublicFile =
        "#   ****  Generated on 2026-04-15 11:47:48 by CZMQ  ****\n" +
        "#   ZeroMQ CURVE Public Certificate\n" +
        "#   Exchange securely, or use a secure mechanism to verify the contents\n" +
        "#   of this file after exchange. Store public certificates in your home\n" +
        "#   directory, in the .curve subdirectory.\n" +
        "\n" +
        "metadata\n" +
        "    name = \"Ann\"\n" +
        "    email = \"ann@example.org\"\n" +
        "curve\n" +
        "    public-key = \"" + ClientPublic + "\"\n";

    public const string SecretFile =
        "#   ****  Generated on 2026-04-15 11:47:48 by CZMQ  ****\n" +
        "#   ZeroMQ CURVE **Secret** Certificate\n" +
        "#   DO NOT PROVIDE THIS FILE TO OTHER USERS nor change its permissions.\n" +
        "\n" +
        "metadata\n" +
        "    name = \"Ann\"\n" +
        "    email = \"ann@example.org\"\n" +
        "curve\n" +
        "    public-key = \"" + ClientPublic + "\"\n" +
        "    secret-key = \"" + ClientSecret + "\"\n";

    static Keys()
    {
        foreach (var secret in (string[])[ClientSecret, ServerSecret])
        {
            using var key = CurveSecretKey.Parse(secret);
            SecretJournal.Suite.Keep(key.AsSpan(), "a secret key of the manual's");
        }
    }

    public static CurvePublicKey Client => CurvePublicKey.Parse(ClientPublic);

    public static Certificate FullClient()
    {
        using var secret = CurveSecretKey.Parse(ClientSecret);
        using var pair = new CurveKeyPair(secret);
        return new Certificate(pair);
    }

    /// <summary>A public certificate file.</summary>
    public static string File(CurvePublicKey key, string metadata = "") => $"metadata\n{metadata}curve\n    public-key = \"{key}\"\n";

    /// <summary>The n-th of many public keys; nobody knows their secret keys.</summary>
    public static CurvePublicKey Number(int number)
    {
        Span<byte> octets = stackalloc byte[CurvePublicKey.Size];
        octets.Fill(9);
        BitConverter.TryWriteBytes(octets, number + 1);
        return new CurvePublicKey(octets);
    }
}
