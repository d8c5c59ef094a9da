using System.Buffers.Binary;
using System.Text;

namespace Zmtp.Testing.Peers;

/// <summary>
/// Wire octets written down from the specifications, without any code under test: greetings, commands, frames. The fixed ones
/// are literals; the others are put together from literal parts.
/// </summary>
public static class Octets
{
    /// <summary>PING, ttl 0, no context.</summary>
    public const string Ping = "04 07 04 50 49 4E 47 00 00";

    /// <summary>PONG, no context.</summary>
    public const string Pong = "04 05 04 50 4F 4E 47";

    /// <summary>PING, ttl 0, context "LOL".</summary>
    public const string PingLol = "04 0A 04 50 49 4E 47 00 00 4C 4F 4C";

    /// <summary>PONG, context "LOL".</summary>
    public const string PongLol = "04 08 04 50 4F 4E 47 4C 4F 4C";

    /// <summary>ERROR "400".</summary>
    public const string Error400 = "04 0A 05 45 52 52 4F 52 03 34 30 30";

    /// <summary>ERROR "500".</summary>
    public const string Error500 = "04 0A 05 45 52 52 4F 52 03 35 30 30";

    /// <summary>SUBSCRIBE "A".</summary>
    public const string SubscribeA = "04 0B 09 53 55 42 53 43 52 49 42 45 41";

    /// <summary>CANCEL "A".</summary>
    public const string CancelA = "04 08 06 43 41 4E 43 45 4C 41";

    /// <summary>SUBSCRIBE with the empty topic.</summary>
    public const string SubscribeAll = "04 0A 09 53 55 42 53 43 52 49 42 45";

    /// <summary>The subscription message of ZMTP 3.0 for "A".</summary>
    public const string LegacySubscribeA = "00 02 01 41";

    /// <summary>The unsubscription message of ZMTP 3.0 for "A".</summary>
    public const string LegacyCancelA = "00 02 00 41";

    /// <summary>The single-frame message "hello".</summary>
    public const string Hello = "00 05 68 65 6C 6C 6F";

    /// <summary>The request "hello" as a REQ sends it.</summary>
    public const string RequestHello = "01 00 00 05 68 65 6C 6C 6F";

    /// <summary>PLAIN HELLO with user "admin" and password "secret".</summary>
    public const string PlainHello = "04 13 05 48 45 4C 4C 4F 05 61 64 6D 69 6E 06 73 65 63 72 65 74";

    /// <summary>PLAIN WELCOME.</summary>
    public const string PlainWelcome = "04 08 07 57 45 4C 43 4F 4D 45";

    /// <summary>The anonymous greeting of a ZMTP 2.0 DEALER.</summary>
    public const string Greeting20Dealer = "FF 00 00 00 00 00 00 00 00 7F 01 05 00 00";

    /// <summary>The octets of a text of hex digits; white space is skipped.</summary>
    public static byte[] Hex(string hex) =>
        Convert.FromHexString(string.Concat(hex.Where(c => !char.IsWhiteSpace(c))));

    /// <summary>Octets as hex with spaces between, as the specifications are quoted.</summary>
    public static string ToHex(ReadOnlySpan<byte> octets)
    {
        var text = new StringBuilder(octets.Length * 3);
        foreach (byte octet in octets)
        {
            text.Append(text.Length == 0 ? "" : " ").Append(octet.ToString("X2", null));
        }

        return text.ToString();
    }

    /// <summary>The octets of an ASCII or UTF-8 text.</summary>
    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>The text of octets in UTF-8.</summary>
    public static string ToText(ReadOnlySpan<byte> octets) => Encoding.UTF8.GetString(octets);

    /// <summary>Parts one after the other.</summary>
    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    /// <summary>G31: the greeting of ZMTP 3.1, 64 octets.</summary>
    public static byte[] Greeting31(string mechanism = "NULL", bool asServer = false) => Greeting(mechanism, asServer, 1);

    /// <summary>G30: the greeting of ZMTP 3.0, 64 octets.</summary>
    public static byte[] Greeting30(string mechanism = "NULL", bool asServer = false) => Greeting(mechanism, asServer, 0);

    /// <summary>A message frame; long when the body asks for it.</summary>
    public static byte[] Frame(byte[] body, bool more = false) => WithHeader((byte)(more ? 0x01 : 0x00), body);

    /// <summary>A message frame with a text as its body.</summary>
    public static byte[] Frame(string body, bool more = false) => Frame(Text(body), more);

    /// <summary>A frame with the flags octet and body given; the LONG bit is added when the body asks for it.</summary>
    public static byte[] WithHeader(byte flags, byte[] body) => body.Length <= 255
        ? Join([flags, (byte)body.Length], body)
        : Join([(byte)(flags | 0x02)], BigEndian((ulong)body.Length), body);

    /// <summary>A frame in the long form, whatever the length of the body.</summary>
    public static byte[] LongFrame(byte flags, byte[] body) => Join([flags], BigEndian((ulong)body.Length), body);

    /// <summary>A command frame: <c>04 size, name-length, name, data</c>.</summary>
    public static byte[] Command(string name, params byte[][] data) => WithHeader(0x04, CommandBody(name, data));

    /// <summary>The body of a command frame: <c>name-length, name, data</c>.</summary>
    public static byte[] CommandBody(string name, params byte[][] data) =>
        Join([(byte)name.Length], Text(name), Join(data));

    /// <summary>RDY: a READY command with Socket-Type, and Identity when one is given.</summary>
    public static byte[] Ready(string socketType, string? identity = null) => Command("READY", Metadata(socketType, identity));

    /// <summary>The properties Socket-Type and, when given, Identity.</summary>
    public static byte[] Metadata(string socketType, string? identity = null) => identity is null
        ? Property("Socket-Type", Text(socketType))
        : Join(Property("Socket-Type", Text(socketType)), Property("Identity", Text(identity)));

    /// <summary>One metadata property: <c>name-length, name, value-length (4), value</c>.</summary>
    public static byte[] Property(string name, byte[] value) =>
        Join([(byte)name.Length], Text(name), BigEndian((uint)value.Length), value);

    /// <summary>An ERROR command.</summary>
    public static byte[] Error(string reason) => Command("ERROR", [(byte)reason.Length], Text(reason));

    /// <summary>SUBSCRIBE, the command form.</summary>
    public static byte[] Subscribe(string topic) => Command("SUBSCRIBE", Text(topic));

    /// <summary>CANCEL, the command form.</summary>
    public static byte[] Cancel(string topic) => Command("CANCEL", Text(topic));

    /// <summary>PING with a ttl in tenths of a second and a context.</summary>
    public static byte[] PingWith(ushort ttl, byte[] context) => Command("PING", [(byte)(ttl >> 8), (byte)(ttl & 0xFF)], context);

    /// <summary>PONG with a context.</summary>
    public static byte[] PongWith(byte[] context) => Command("PONG", context);

    /// <summary>Eight octets in network order.</summary>
    public static byte[] BigEndian(ulong value)
    {
        byte[] octets = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(octets, value);
        return octets;
    }

    /// <summary>Four octets in network order.</summary>
    public static byte[] BigEndian(uint value)
    {
        byte[] octets = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, value);
        return octets;
    }

    private static byte[] Greeting(string mechanism, bool asServer, byte minor)
    {
        byte[] greeting = Hex("FF 00 00 00 00 00 00 00 00 7F 03 00" + string.Concat(Enumerable.Repeat(" 00", 52)));
        greeting[11] = minor;
        Text(mechanism).CopyTo(greeting, 12);
        greeting[32] = (byte)(asServer ? 0x01 : 0x00);
        return greeting;
    }
}
