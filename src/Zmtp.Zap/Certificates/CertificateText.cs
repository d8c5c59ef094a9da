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

    private const string BeforeSecretKey = "    secret-key = \"";
    private const string AfterSecretKey = "\"\n";

    /// <returns>UTF-8; the caller erases it when it holds the secret key.</returns>
    /// <exception cref="InvalidOperationException">It would be longer than what is read.</exception>
    public static byte[] Encode(Certificate certificate, bool includeSecret)
    {
        var head = Encoding.UTF8.GetBytes(Head(certificate, includeSecret));
        var length = head.Length + (includeSecret ? BeforeSecretKey.Length + CurveSecretKey.Z85Length + AfterSecretKey.Length : 0);
        if (length > CertificateFile.MaxSize)
        {
            throw new InvalidOperationException(
                $"The certificate would have {length} octets, and none of more than {CertificateFile.MaxSize} is read. Shorten its metadata.");
        }

        return includeSecret ? AppendSecretKey(head, certificate.KeyPair.SecretKey, length) : head;
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

    private static byte[] AppendSecretKey(byte[] head, CurveSecretKey secretKey, int length)
    {
        Span<char> z85 = stackalloc char[CurveSecretKey.Z85Length];
        try
        {
            Z85.TryEncode(secretKey.AsSpan(), z85, out _);
            var octets = GC.AllocateUninitializedArray<byte>(length, pinned: true);
            head.CopyTo(octets, 0);
            var rest = octets.AsSpan(head.Length);
            rest = rest[Encoding.ASCII.GetBytes(BeforeSecretKey, rest)..];
            rest = rest[Encoding.ASCII.GetBytes(z85, rest)..];
            Encoding.ASCII.GetBytes(AfterSecretKey, rest);
            return octets;
        }
        finally
        {
            z85.Clear();
        }
    }
}
