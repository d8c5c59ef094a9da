using System.Diagnostics.CodeAnalysis;

namespace Zmtp.Transports;

/// <summary>A parsed endpoint. Immutable.</summary>
public sealed record ZmtpEndpoint
{
    private ZmtpEndpoint(string scheme, string address)
    {
        Scheme = scheme;
        Address = address;
    }

    /// <summary>The transport: tcp, ipc, inproc, or one that the application registered.</summary>
    public string Scheme { get; }

    /// <summary>What follows "://".</summary>
    public string Address { get; }

    /// <summary>Reads an endpoint.</summary>
    /// <param name="text">The endpoint.</param>
    /// <exception cref="FormatException">The text is not an endpoint; the message says where and why.</exception>
    public static ZmtpEndpoint Parse(string text) =>
        TryParse(text, out var endpoint) ? endpoint : throw new FormatException($"\"{text}\" is not an endpoint.");

    /// <summary>Reads an endpoint.</summary>
    /// <param name="text">The endpoint.</param>
    /// <param name="endpoint">The result.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ZmtpEndpoint? endpoint)
    {
        endpoint = null;
        var at = text?.IndexOf("://", StringComparison.Ordinal) ?? -1;
        if (at <= 0) return false;
        endpoint = new ZmtpEndpoint(text![..at], text[(at + 3)..]);
        return true;
    }

    /// <summary>The endpoint as text.</summary>
    public override string ToString() => $"{Scheme}://{Address}";
}
