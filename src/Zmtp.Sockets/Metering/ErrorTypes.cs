using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Zmtp.Sockets.Metering;

/// <summary>The reasons of failures in a few words, of which there are so many and no more, whatever a peer does or an application throws.</summary>
internal static partial class ErrorTypes
{
    /// <summary>The word for a failure: the most exact that there is.</summary>
    public static string Of(ZmtpException error) => error switch
    {
        { ErrorType: { } word } => word,
        ZmtpAuthenticationException refusal => NameOf(refusal.Status),
        ZmtpRevokedException => "revoked",
        ZmtpProtocolException broken => NameOf(broken.Error),
        { InnerException: SocketException cause } => NameOf(cause.SocketErrorCode),
        _ => NameOf(error.Origin),
    };

    /// <summary>A mechanism or a transport of the application's may give a number that has no name, and each time another.</summary>
    private static string NameOf<T>(T value)
        where T : struct, Enum => Names<T>.All().GetValueOrDefault(value, "_OTHER");

    [GeneratedRegex("(?<=[a-z])[A-Z]")]
    private static partial Regex WordStart();

    private static class Names<T>
        where T : struct, Enum
    {
        private static Dictionary<T, string>? _all;

        // Not in an initializer: what fails there for want of memory fails for ever.
        public static Dictionary<T, string> All() => _all ??= Enum.GetValues<T>().ToDictionary(
            static value => value,
            static value => WordStart().Replace(value.ToString(), "_$0").ToLowerInvariant());
    }
}
