using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Zmtp.Mechanisms;
using Zmtp.Text;

namespace Zmtp.Zap;

/// <summary>Writes the text of a certificate, word for word as CZMQ does but for the name of the program.</summary>
internal static class CertificateText
{
    private const string PublicComment =
        "#   ZeroMQ CURVE Public Certificate\n" +
        "#   Exchange securely, or use a secure mechanism to verify the contents\n" +
        "#   of this file after exchange. Store public certificates in your home\n" +
        "#   directory, in the .curve subdirectory.\n\n";

    private const string SecretComment =
        "#   ZeroMQ CURVE **Secret** Certificate\n" +
        "#   DO NOT PROVIDE THIS FILE TO OTHER USERS nor change its permissions.\n\n";

    /// <returns>UTF-8; the caller erases it when it holds the secret key.</returns>
    public static byte[] Encode(Certificate certificate, bool includeSecret)
    {
        var head = Encoding.UTF8.GetBytes(Head(certificate, includeSecret));
        return includeSecret ? AppendSecretKey(head, certificate.KeyPair.SecretKey) : head;
    }

    private static string Head(Certificate certificate, bool includeSecret)
    {
        var output = new StringBuilder();
        output.Append(CultureInfo.InvariantCulture, $"#   ****  Generated on {DateTime.UtcNow:yyyy-MM-dd HH:mm:ss} by Zmtp  ****\n");
        output.Append(includeSecret ? SecretComment : PublicComment);
        output.Append(CertificateParser.MetadataSection).Append('\n');
        foreach (var (name, value) in certificate.Metadata) ZplWriter.WriteProperty(output, depth: 1, name, value);

        output.Append(CertificateParser.CurveSection).Append('\n');
        ZplWriter.WriteProperty(output, depth: 1, CertificateParser.PublicKeyName, certificate.PublicKey.ToString());
        return output.ToString();
    }

    private static byte[] AppendSecretKey(byte[] head, CurveSecretKey secretKey)
    {
        var before = "    secret-key = \""u8;
        var after = "\"\n"u8;
        Span<char> z85 = stackalloc char[CurveSecretKey.Z85Length];
        try
        {
            Z85.TryEncode(secretKey.AsSpan(), z85, out _);
            var octets = GC.AllocateUninitializedArray<byte>(head.Length + before.Length + z85.Length + after.Length, pinned: true);
            head.CopyTo(octets, 0);
            before.CopyTo(octets.AsSpan(head.Length));
            Encoding.ASCII.GetBytes(z85, octets.AsSpan(head.Length + before.Length));
            after.CopyTo(octets.AsSpan(octets.Length - after.Length));
            return octets;
        }
        finally
        {
            z85.Clear();
        }
    }
}
