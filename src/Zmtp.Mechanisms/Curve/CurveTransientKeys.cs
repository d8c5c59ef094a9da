using Zmtp.Mechanisms.Crypto;
using Zmtp.Mechanisms.Interop;
using Zmtp.Security;

namespace Zmtp.Mechanisms;

/// <summary>
/// The transient key pair of one end of one connection: C' and c', or S' and s'. Its owner disposes of it, which zeroes the secret key.
/// </summary>
internal sealed class CurveTransientKeys : ISecret
{
    private readonly SecretBuffer _secretKey = new(CurveSecretKey.Size);

    public CurveTransientKeys(IRandomSource random)
    {
        try
        {
            random.Fill(_secretKey.Span);
            NaCl.DerivePublicKey(_secretKey.Span, PublicKey);
        }
        catch
        {
            _secretKey.Dispose();
            throw;
        }
    }

    public byte[] PublicKey { get; } = new byte[CurvePublicKey.Size];

    public ReadOnlySpan<byte> SecretKey => _secretKey.Span;

    public bool IsZero => _secretKey.IsZero;

    public void Dispose() => _secretKey.Dispose();
}
