using System.Text;
using Zmtp.Security;
using Zmtp.Testing.Searching;

namespace Zmtp.Zap.Tests;

/// <summary>Frame lists from literals: Latin-1 text, one octet a character.</summary>
internal static class Frames
{
    public static IReadOnlyList<ReadOnlyMemory<byte>> Of(params string[] frames) =>
        [.. frames.Select(frame => (ReadOnlyMemory<byte>)Octets(frame))];

    public static byte[] Octets(string latin1) => Encoding.Latin1.GetBytes(latin1);

    public static string[] Text(IReadOnlyList<ReadOnlyMemory<byte>> frames) =>
        [.. frames.Select(frame => Encoding.Latin1.GetString(frame.Span))];

    public static AuthenticationRequest Null(string domain = "test", string address = "127.0.0.1") =>
        new(domain, address, default, "NULL", []);

    public static AuthenticationRequest Plain(string user, string password, string domain = "test", string address = "127.0.0.1") =>
        new(domain, address, default, "PLAIN", Of(user, SecretJournal.Suite.Keep(password)));

    public static AuthenticationRequest Curve(ReadOnlySpan<byte> key, string domain = "test", string address = "127.0.0.1") =>
        new(domain, address, default, "CURVE", [key.ToArray()]);
}
