using System.Text;
using Zmtp.Wire;

namespace Zmtp.Mechanisms;

/// <summary>What every mechanism says about a handshake command that it cannot use.</summary>
internal static class HandshakeErrors
{
    /// <summary>The name of a command.</summary>
    /// <exception cref="ZmtpProtocolException">The body does not begin with a name.</exception>
    public static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> body)
    {
        if (CommandCodec.TryRead(body, out var name, out _)) return name;
        throw new ZmtpProtocolException(
            ProtocolError.MalformedCommand,
            "The peer sent something in the handshake that is not a command: its name is cut off or empty.");
    }

    /// <summary>A command that has no place in this state.</summary>
    public static ZmtpProtocolException Unexpected(ReadOnlySpan<byte> name, string expected) =>
        new(
            ProtocolError.UnexpectedCommand,
            $"The peer sent {Printable(name)} where {expected} was expected. " +
            // Only a client waits for WELCOME. An end that waits for a later command has seen that the other one is a client.
            (!name.SequenceEqual(CommandNames.Hello) ? "Check that both ends use the same mechanism and opposite roles in it."
                : expected == "WELCOME" ? "Both ends are configured as the client of the mechanism; one of them must be the server."
                : "It has no place there: report it to those who make the peer."));

    /// <summary>A call that the status of the machine does not allow: the fault of the driver.</summary>
    public static InvalidOperationException NotNow(string method, Security.MechanismStatus status) =>
        new($"{method} cannot be called while the mechanism is {status}.");

    private static string Printable(ReadOnlySpan<byte> name)
    {
        const int Enough = 32;
        if (name.Length > Enough || name.ContainsAnyExceptInRange((byte)'!', (byte)'~')) return "a command whose name makes no sense";
        return Encoding.ASCII.GetString(name);
    }
}
