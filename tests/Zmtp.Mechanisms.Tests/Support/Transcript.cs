namespace Zmtp.Mechanisms.Tests;

/// <summary>
/// A CURVE handshake and five messages with fixed keys and nonces, computed with libsodium outside this project and opened again with
/// the opposite keys. The permanent keys are the test pairs of zmq_curve(7).
/// </summary>
internal static class Transcript
{
    public const string ClientPublicZ85 = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
    public const string ClientSecretZ85 = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs";
    public const string ServerPublicZ85 = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
    public const string ServerSecretZ85 = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";

    public static byte[] ClientPublic => Hex.Of("BB88471D65E2659B30C55A5321CEBB5AAB2B70A398645C26DCA2B2FCB43FC518");

    public static byte[] ClientSecret => Hex.Of("7BB864B489AFA3671FBE69101F94B38972F24816DFB01B51656B3FEC8DFD0888");

    public static byte[] ServerPublic => Hex.Of("54FCBA24E93249969316FB617C872BB0C1D1FF14800427C594CBFACF1BC2D652");

    public static byte[] ServerSecret => Hex.Of("8E0BDD697628B91D8F245587EE95C5B04D48963F79259877B49CD9063AEAD3B7");

    /// <summary>c'.</summary>
    public static byte[] ClientTransientSecret => Hex.CountUp(0x00, 32);

    /// <summary>s'.</summary>
    public static byte[] ServerTransientSecret => Hex.CountUp(0x20, 32);

    public static byte[] WelcomeNonce => Hex.Repeat(0xA1, 16);

    public static byte[] CookieNonce => Hex.Repeat(0xA2, 16);

    /// <summary>K.</summary>
    public static byte[] CookieKey => Hex.Repeat(0xA3, 32);

    public static byte[] VouchNonce => Hex.Repeat(0xA4, 16);

    /// <summary>C' public: 32 octets.</summary>
    public static byte[] ClientTransientKey => Hex.Of(
        """
        8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f
        """);

    /// <summary>S' public: 32 octets.</summary>
    public static byte[] ServerTransientKey => Hex.Of(
        """
        358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd166254
        """);

    /// <summary>k = beforenm(S',c') = beforenm(C',s'): 32 octets.</summary>
    public static byte[] SessionKey => Hex.Of(
        """
        429b61f5d96e37268dfc5114849d599c9ceabffdb68c1f52cd0499af30f5b377
        """);

    /// <summary>HELLO box k = beforenm(S,c'): 32 octets.</summary>
    public static byte[] WelcomeKey => Hex.Of(
        """
        a08c847ededea5ed087592ff3b3674c28e1077ba37637657429074c6fc101d3a
        """);

    /// <summary>VOUCH box k = beforenm(S',c): 32 octets.</summary>
    public static byte[] VouchKey => Hex.Of(
        """
        78fdf649efb4a9ae7f58dda6411ef11f05db4961abc5f32fc52c7df71075e1da
        """);

    /// <summary>HELLO body: 200 octets.</summary>
    public static byte[] Hello => Hex.Of(
        """
        0548454c4c4f010000000000000000000000000000000000000000000000000000000000000000000000000000000000
        00000000000000000000000000000000000000000000000000000000000000008f40c5adb68f25624ae5b214ea767a6e
        c94d829d3d7b5e1ad1ba6f3e2138285f000000000000000178490e29e5e6f089ef54e4f6ad14338a0a01ed142e6b9ca1
        36bfa3755d990f93b3dc2629851cd1e50d36e98b94b8d59c540cce051bc864074607194fd88d7d1e2052296aad0f7e3c
        359ee915acd54eac
        """);

    /// <summary>cookie: 96 octets.</summary>
    public static byte[] Cookie => Hex.Of(
        """
        a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2918aba27680ce500677a053aff326cc8d26f84a64fad66821917194ed640cd9d
        7c674277f98f7606b8bf3798b1c93956e6eaebd7636993d0eab17510c7c97829e66829dacf900ba7388426ae4617113d
        """);

    /// <summary>WELCOME body: 168 octets.</summary>
    public static byte[] Welcome => Hex.Of(
        """
        0757454c434f4d45a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1de4d7febdbb83c5c9fa87357c809d6959c3064b6d9a60ea7
        08620d03d87981aab2d32595447b08383139ae3f73258c7300cf5db6042c78686f3f5d8f179ad84ddd8579ea3c77e91f
        f4f8f7c163a9c7adfd275f47235c1c9818487db37f459455ae245dd699e3e19e0267fec578cae735ae784bfd3786662e
        dc4ee2470055eb729f5a18543fdb5e6d3c1ec3a8522e0ba7
        """);

    /// <summary>vouch: 96 octets.</summary>
    public static byte[] Vouch => Hex.Of(
        """
        a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4c76ac5968560a25a94d606d02a3bf003234dba6d9d5e25621631a375c9ec072a
        cb551409839d9b49a12673e2c8c37a38516317a5d49fafb8b87462db2117a8556cb180774216496ad228a368922aec64
        """);

    /// <summary>client metadata: 35 octets.</summary>
    public static byte[] ClientMetadata => Hex.Of(
        """
        0b536f636b65742d54797065000000064445414c4552084964656e7469747900000000
        """);

    /// <summary>INITIATE body: 292 octets.</summary>
    public static byte[] Initiate => Hex.Of(
        """
        08494e495449415445a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2918aba27680ce500677a053aff326cc8d26f84a64fad66
        821917194ed640cd9d7c674277f98f7606b8bf3798b1c93956e6eaebd7636993d0eab17510c7c97829e66829dacf900b
        a7388426ae4617113d00000000000000028b9c8a6bd7fd3953750ebe94bb89c5c2c461a6d391b29acfbf14e6776eb6a4
        e43ee920d74f6b58353d0c5f1719a6bc4b666f24ee96678f47d6724adc812394644c811e240aeb66f2c6fb13728aea47
        1d60a3ab773cb2fc1d470f52127cbbb3d4c9f08116a38341a3b9272dcb0f9c5276b9ee1d890fa1be4a8280c97e39dbb4
        a10011ece3138b370f39f1b756d283777e534ed217c9463bc3fbc6ab3984de1af72633e676be7d336c9102064099c975
        d24fec1e
        """);

    /// <summary>server metadata: 35 octets.</summary>
    public static byte[] ServerMetadata => Hex.Of(
        """
        0b536f636b65742d5479706500000006524f55544552084964656e7469747900000000
        """);

    /// <summary>READY body: 65 octets.</summary>
    public static byte[] Ready => Hex.Of(
        """
        0552454144590000000000000001d19982b6bca8ec52fa0d2948e43a7f4f4d4d7be2aeb014af79aaa714fc396c7d5e2e
        35ce6355a8a268e4058b47d7fb294e780d
        """);

    /// <summary>MESSAGE C n=3 flags=00 "hello": 38 octets.</summary>
    public static byte[] ClientMessage3 => Hex.Of(
        """
        074d4553534147450000000000000003a0e86db7f5d3259b3f9b59337addd0c5cf0031d8c2f9
        """);

    /// <summary>MESSAGE S n=2 flags=01 "": 33 octets.</summary>
    public static byte[] ServerMessage2 => Hex.Of(
        """
        074d455353414745000000000000000235f9088bd97b71332b43fac45544287706
        """);

    /// <summary>MESSAGE S n=3 flags=00 "world": 38 octets.</summary>
    public static byte[] ServerMessage3 => Hex.Of(
        """
        074d45535341474500000000000000038198e78b7adc165effe4a501e04f98ffb9846be50202
        """);

    /// <summary>MESSAGE C n=4 flags=02 09"SUBSCRIBE""A": 44 octets.</summary>
    public static byte[] ClientMessage4 => Hex.Of(
        """
        074d4553534147450000000000000004b98adabc128b3ff2b91824c91e3353ae6dcd32a7aba5707e42a19b0a
        """);

    /// <summary>MESSAGE C n=5 flags=02 04"PING"0000: 40 octets.</summary>
    public static byte[] ClientMessage5 => Hex.Of(
        """
        074d4553534147450000000000000005438aa7bbb31edf75207236a392d031f55d2477381862baf0
        """);

    public static CurveKeyPair ClientKeys()
    {
        using var secret = new CurveSecretKey(ClientSecret);
        return new CurveKeyPair(new CurvePublicKey(ClientPublic), secret);
    }

    public static CurveKeyPair ServerKeys()
    {
        using var secret = new CurveSecretKey(ServerSecret);
        return new CurveKeyPair(new CurvePublicKey(ServerPublic), secret);
    }

    /// <summary>What the client draws, in order: c', then the vouch's nonce.</summary>
    public static ScriptedRandom ClientRandom() => new(ClientTransientSecret, VouchNonce);

    /// <summary>What the server draws, in order: s', K, the cookie's nonce, WELCOME's nonce.</summary>
    public static ScriptedRandom ServerRandom() => new(ServerTransientSecret, CookieKey, CookieNonce, WelcomeNonce);

    public static CurveSecurity ClientSecurity() => new(ClientKeys(), new CurvePublicKey(ServerPublic), ClientRandom());

    public static CurveSecurity ServerSecurity(CurveClients clients = CurveClients.AskAuthenticator) => new(ServerKeys(), clients, ServerRandom());
}
