using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Zmtp.Text;

namespace Zmtp.Transports;

/// <summary>Reads the text of an endpoint. Never throws, asks nobody.</summary>
/// <remarks>
/// endpoint = scheme "://" address ; scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )
/// tcp      = [ source ";" ] host ":" port ; source = host ":" port
/// host     = "*" / IPv4 / "[" IPv6 [ "%" zone ] "]" / name ; port = "*" / 1*5DIGIT
/// ipc      = "*" / "@" name / path ; inproc = 1*256character
/// </remarks>
internal static class EndpointParser
{
    /// <summary>Octets of an ipc path: sun_path of Linux is 108 with the NUL that ends it.</summary>
    public const int MaximumIpcPath = 108 - 1;

    private const int MaximumInprocName = 256;
    private const int MaximumHostName = 253;
    private const int MaximumTextInMessage = 100;

    private static readonly SearchValues<char> SchemeCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");

    private static readonly SearchValues<char> HexadecimalDigits = SearchValues.Create("0123456789abcdefABCDEF");

    public static (ZmtpEndpoint? Endpoint, string? Error) Parse(string text)
    {
        var at = text.IndexOf("://", StringComparison.Ordinal);
        if (at < 0) return Wrong(text, "\"://\" is missing. Write transport://address, for example tcp://127.0.0.1:5555");
        var scheme = text[..at];
        if (at == 0 || !char.IsAsciiLetter(scheme[0]) || scheme.AsSpan().ContainsAnyExcept(SchemeCharacters))
        {
            return Wrong(text, "the transport before \"://\" is not a name. Write tcp, ipc or inproc, or the name of your own transport");
        }
        scheme = scheme.ToLowerInvariant();
        var address = text[(at + "://".Length)..];
        if (address.Length == 0) return Wrong(text, "the address after \"://\" is missing");
        return scheme switch
        {
            "tcp" => ParseTcp(text, address),
            "ipc" => ParseIpc(text, address),
            "inproc" => address.Length <= MaximumInprocName
                ? (new ZmtpEndpoint(scheme, address), null)
                : Wrong(text, $"an inproc name has at most {MaximumInprocName} characters, this one {address.Length}"),
            _ => (new ZmtpEndpoint(scheme, address), null),
        };
    }

    private static (ZmtpEndpoint? Endpoint, string? Error) ParseTcp(string text, string address)
    {
        string? source = null;
        var sourceHost = "";
        var sourcePort = 0;
        var target = address;
        var semicolon = address.IndexOf(';', StringComparison.Ordinal);
        if (semicolon >= 0)
        {
            source = address[..semicolon];
            target = address[(semicolon + 1)..];
            if (ParseHostAndPort(source, out sourceHost, out sourcePort) is { } sourceProblem)
            {
                return Wrong(text, $"in the source address before \";\", {sourceProblem}");
            }
        }
        if (ParseHostAndPort(target, out var host, out var port) is { } problem) return Wrong(text, problem);
        var endpoint = new ZmtpEndpoint("tcp", address)
        {
            Host = host,
            Port = port,
            IsWildcardHost = host == "*",
            IsWildcardPort = port == 0,
            Source = source,
            SourceHost = sourceHost,
            SourcePort = sourcePort,
        };
        return (endpoint, null);
    }

    // Returns what is wrong, or null.
    private static string? ParseHostAndPort(string text, out string host, out int port)
    {
        host = "";
        port = 0;
        if (text.AsSpan().ContainsAny(' ', '\t')) return "there is a space; an endpoint has none";
        var colon = text.LastIndexOf(':');
        if (colon < 0 || text.EndsWith(']')) return "the port is missing. Write tcp://host:port, for example tcp://127.0.0.1:5555";
        host = text[..colon];
        return ParseHost(ref host) ?? ParsePort(text.AsSpan(colon + 1), out port);
    }

    private static string? ParseHost(ref string host)
    {
        if (host.Length == 0) return "the host is missing. Write tcp://host:port, or tcp://*:port to bind all addresses";
        if (host == "*") return null;
        if (host[0] == '[')
        {
            if (host[^1] != ']') return "the \"]\" after the IPv6 address is missing";
            host = host[1..^1];
            // The parser of the system knows zones by number only; a zone by name is looked up when it is used.
            var zone = host.IndexOf('%', StringComparison.Ordinal);
            var literal = zone < 0 ? host : host[..zone];
            var isAddress = !literal.Contains('[', StringComparison.Ordinal) && IPAddress.TryParse(literal, out var address)
                && address.AddressFamily == AddressFamily.InterNetworkV6 && AddressText.HasPlainEnd(literal);
            if (!isAddress) return "what stands in brackets is not an IPv6 address";
            if (zone < 0) return null;
            var name = host.AsSpan(zone + 1);
            return name.IsEmpty || name.ContainsAnyExcept(NameCharacters) ? "the zone after \"%\" is not an interface" : null;
        }
        if (host.Contains(':', StringComparison.Ordinal)) return "an IPv6 address stands in brackets: tcp://[::1]:5555";
        if (host.Length > MaximumHostName) return $"the host has more than {MaximumHostName} characters";
        if (host.AsSpan().ContainsAnyExcept(NameCharacters))
        {
            return "the host has characters that no name has. Names are of letters, digits, \"-\", \".\" and \"_\"";
        }
        return LooksLikeIPv4(host) && !AddressText.IsIPv4(host) ? "the host is not an IPv4 address: four numbers from 0 to 255" : null;
    }

    private static string? ParsePort(ReadOnlySpan<char> text, out int port)
    {
        port = 0;
        if (text is "*") return null;
        var isPort = text.Length is > 0 and <= 5
            && AsciiNumber.TryRead(text, out port)
            && port <= ushort.MaxValue;
        return isPort ? null : "the port is not a number from 0 to 65535, nor *";
    }

    // Of numbers only: no such name is ever looked up, because the system reads it as an address, in hexadecimal too.
    private static bool LooksLikeIPv4(string host) => Array.TrueForAll(host.Split('.'), static label => IsHexadecimal(label) || label.All(char.IsAsciiDigit));

    private static bool IsHexadecimal(string label) =>
        label.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && label.AsSpan(2).IndexOfAnyExcept(HexadecimalDigits) < 0;

    private static (ZmtpEndpoint? Endpoint, string? Error) ParseIpc(string text, string address)
    {
        if (address == "*") return (new ZmtpEndpoint("ipc", address) { IsWildcardPort = true }, null);
        if (address.Contains('\0', StringComparison.Ordinal)) return Wrong(text, "an ipc path has no NUL in it");
        var length = Encoding.UTF8.GetByteCount(address);
        if (length > MaximumIpcPath)
        {
            return Wrong(text, $"an ipc path has at most {MaximumIpcPath} octets, this one {length}. Use a shorter directory");
        }
        var isAbstract = address[0] == '@';
        if (isAbstract && address.Length == 1) return Wrong(text, "the name after \"@\" is missing");
        return (new ZmtpEndpoint("ipc", address) { Path = isAbstract ? address[1..] : address, IsAbstract = isAbstract }, null);
    }

    private static (ZmtpEndpoint? Endpoint, string? Error) Wrong(string text, string problem)
    {
        var shown = text.Length <= MaximumTextInMessage ? text : text[..MaximumTextInMessage] + "…";
        return (null, $"\"{shown}\" is not an endpoint: {problem}.");
    }
}
