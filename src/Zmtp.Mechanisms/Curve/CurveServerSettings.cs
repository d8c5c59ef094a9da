using Zmtp.Mechanisms.Crypto;
using Zmtp.Security;

namespace Zmtp.Mechanisms;

/// <summary>What a server's handshake starts from.</summary>
internal sealed record CurveServerSettings(CurveServerKeys Keys, CurveClients Clients, IRandomSource Random, CurveCipher Cipher, HandshakeContext Context);
