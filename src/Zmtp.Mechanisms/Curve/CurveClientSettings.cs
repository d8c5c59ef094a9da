using Zmtp.Mechanisms.Crypto;
using Zmtp.Security;

namespace Zmtp.Mechanisms;

/// <summary>What a client's handshake starts from.</summary>
internal sealed record CurveClientSettings(CurveKeyPair Keys, CurvePublicKey ServerKey, IRandomSource Random, CurveCipher Cipher, HandshakeContext Context);
