using System.Diagnostics.CodeAnalysis;

namespace Zmtp.Transports;

/// <summary>
/// A parsed endpoint: <c>transport://address</c>. Immutable.
/// </summary>
/// <remarks>
/// <para><c>tcp://host:port</c>: the host is an IPv4 address, an IPv6 address in brackets (with a zone if it is link-local,
/// <c>[fe80::1%eth0]</c>), a name, the name of a network interface (bind only), or <c>*</c> for all addresses (bind only). The port
/// is 0 to 65535; <c>*</c> or 0 lets the system choose (bind only). <c>tcp://source:port;host:port</c> connects from a
/// source address; source port 0 lets the system choose.</para>
/// <para><c>ipc://path</c>: a path of at most 107 octets of UTF-8; <c>ipc://*</c> makes one up (bind only); <c>ipc://@name</c> is a name
/// without a file (Linux only).</para>
/// <para><c>inproc://name</c>: 1 to 256 characters.</para>
/// <para>Any other transport is the application's own: its address is not looked at.</para>
/// <para>Parsing never resolves names and never asks the system. The syntax is libzmq's (zmq_tcp, zmq_ipc, zmq_inproc), but a
/// port with anything else than digits, or above 65535, is refused and not cut to fit.</para>
/// </remarks>
public sealed record ZmtpEndpoint
{
    internal ZmtpEndpoint(string scheme, string address)
    {
        Scheme = scheme;
        Address = address;
    }

    /// <summary>The transport, in lower case: tcp, ipc, inproc, or one that the application registered.</summary>
    public string Scheme { get; }

    /// <summary>What follows "://", as it was written.</summary>
    public string Address { get; }

    /// <summary>tcp: the host, without brackets, with its zone; <c>*</c> for all addresses. Otherwise empty.</summary>
    public string Host { get; internal init; } = "";

    /// <summary>tcp: the port, 0 if the system is to choose. Otherwise null.</summary>
    public int? Port { get; internal init; }

    /// <summary>tcp: whether the host is <c>*</c>, all addresses of this machine.</summary>
    public bool IsWildcardHost { get; internal init; }

    /// <summary>Whether the system is to choose the port (tcp, <c>*</c> or 0) or the path (ipc, <c>*</c>).</summary>
    public bool IsWildcardPort { get; internal init; }

    /// <summary>tcp: the source address as <c>host:port</c>; null if there is none.</summary>
    public string? Source { get; internal init; }

    /// <summary>ipc: the path, or the name without its <c>@</c>; empty for <c>ipc://*</c>. Otherwise empty.</summary>
    public string Path { get; internal init; } = "";

    /// <summary>ipc: whether <see cref="Path"/> is a name without a file (Linux).</summary>
    public bool IsAbstract { get; internal init; }

    internal string SourceHost { get; init; } = "";

    internal int SourcePort { get; init; }

    /// <summary>Reads an endpoint.</summary>
    /// <param name="text">The endpoint.</param>
    /// <exception cref="FormatException">The text is not an endpoint; the message says what is wrong and what is right.</exception>
    public static ZmtpEndpoint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var endpoint, out var error) ? endpoint : throw new FormatException(error);
    }

    /// <summary>Reads an endpoint.</summary>
    /// <param name="text">The endpoint.</param>
    /// <param name="endpoint">The result.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ZmtpEndpoint? endpoint) =>
        TryParse(text, out endpoint, out _);

    /// <summary>Reads an endpoint.</summary>
    /// <param name="text">The endpoint.</param>
    /// <param name="endpoint">The result.</param>
    /// <param name="error">What is wrong and what is right, a full sentence; null if nothing is wrong.</param>
    public static bool TryParse(
        [NotNullWhen(true)] string? text, [NotNullWhen(true)] out ZmtpEndpoint? endpoint, [NotNullWhen(false)] out string? error)
    {
        (endpoint, error) = EndpointParser.Parse(text ?? "");
        return endpoint is not null;
    }

    /// <summary>Checks that one can listen there, as far as the text tells.</summary>
    /// <exception cref="ArgumentException">One cannot; the message says why.</exception>
    public void ThrowIfCannotBind()
    {
        if (Source is not null)
        {
            throw new ArgumentException($"Cannot bind {this}: a source address belongs to connect. Bind tcp://host:port.");
        }
        ThrowIfAbstractIsUnknown();
    }

    /// <summary>Checks that one can connect to it, as far as the text tells.</summary>
    /// <exception cref="ArgumentException">One cannot; the message says why.</exception>
    public void ThrowIfCannotConnect()
    {
        if (IsWildcardHost)
        {
            throw new ArgumentException($"Cannot connect to {this}: * as host means all addresses and is for bind. Name the peer's host.");
        }
        if (IsWildcardPort)
        {
            throw new ArgumentException(Scheme == "ipc"
                ? $"Cannot connect to {this}: * asks bind to make up a path. Connect to the endpoint that bind gave back."
                : $"Cannot connect to {this}: the port * or 0 asks bind to choose one. Connect to the endpoint that bind gave back.");
        }
        ThrowIfAbstractIsUnknown();
    }

    /// <summary>The endpoint as text.</summary>
    public override string ToString() => $"{Scheme}://{Address}";

    private void ThrowIfAbstractIsUnknown()
    {
        if (IsAbstract && !OperatingSystem.IsLinux())
        {
            throw new ArgumentException($"{this} cannot be used: names without a file exist on Linux only. Use a path: ipc:///tmp/name.");
        }
    }
}
