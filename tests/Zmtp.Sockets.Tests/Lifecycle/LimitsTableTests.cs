using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;
using Zmtp.Engine;
using Zmtp.Security;
using Zmtp.Sockets.Endpoints;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Subscriptions;
using Zmtp.Testing;
using Zmtp.Testing.Curve;
using Zmtp.Transports;
using Zmtp.Wire;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>
/// The limits that hold a stranger back are those that the security guide lists: none is lifted unseen. What is there in words is held by tests of
/// its own.
/// </summary>
public sealed partial class LimitsTableTests
{
    private static readonly SocketOptions Socket = SocketOptions.Default;

    /// <summary>How the rows begin, in their order, and the default in each.</summary>
    private static readonly (string What, string Default)[] Limits =
    [
        ("handshakes under way", Count(Socket.MaxPendingHandshakes)),
        ("file descriptors that tcp and ipc leave", $"one in {DescriptorReserve.Share}, {DescriptorReserve.Least} to {DescriptorReserve.Most}"),
        ("questions an authenticator has not answered", Count(2L * Socket.MaxPendingHandshakes)),
        ("the same, of one that `ServeZapAsync` serves", $"{UnwantedAnswers.Limit} each"),
        ("calls of an authenticator of your own", $"as many as processors, {AuthenticatorTurns.Least} at least"),
        ("connections that are not read", $"{Socket.MaxPendingHandshakes} each"),
        ("time for greeting, handshake and verdict", Seconds(Socket.HandshakeTimeout)),
        ("a CURVE client's answer to WELCOME", Seconds(CurveTimes.CookieLifetime)),
        ("an answer by ZAP", Seconds(ZapClient.DefaultTimeout)),
        ("a command", Octets(TrafficReader.MaxCommandLength)),
        ($"handshake commands longer than {Octets(LongCommands.FreeLength)}", Count(LongCommands.MaxAtOnce)),
        ("properties", Count(MetadataCodec.MaxProperties)),
        ("a user id", $"{AuthenticationResult.MaxUserIdLength} octets of UTF-8"),
        ("a message", Octets(Socket.MaxMessageSize)),
        ("unread octets", Octets(Socket.ReceiveHighWaterOctets)),
        ("the same, while the managed heap takes more than three quarters", Octets(HeapPressure.UnreadOctets)),
        ("unsent octets", Octets(Socket.SendHighWaterOctets)),
        ("a topic", string.Create(CultureInfo.InvariantCulture, $"{Topic.MaxLength:N0} octets")),
        ("subscriptions of one peer", Octets(Publisher.MaxSubscriptionCost)),
        ("what a peer has subscribed to", $"{Count(Socket.ReceiveHighWaterMark)}, or {Octets(Socket.ReceiveHighWaterOctets)}"),
        ("connections of one address", "none"),
        ("password checks at once", Checks(AuthenticatorOptions.Default.PasswordChecks, ByProcessors)),
        ("hashes computed at once", "as many as processors"),
        ("look-ups in a certificate store of your own", Checks(AuthenticatorOptions.Default.CertificateLookups, Count)),
        ("calls of a policy", Checks(PolicyOptions.Default.Limits, Count)),
        ("silence", Socket.HeartbeatInterval == TimeSpan.Zero ? "off" : Seconds(Socket.HeartbeatInterval)),
    ];

    [Fact]
    public void LIMITS_TableOfTheSecurityGuide_SaysTheDefaults()
    {
        var section = Section().Match(File.ReadAllText(Repository.Combine("docs", "guides", "security.md"))).Value;
        var rows = Row().Matches(section).Skip(2).Select(static row => (What: row.Groups["what"].Value, Default: row.Groups["default"].Value)).ToArray();

        // A row that begins as it should is told by that; any other one whole.
        Assert.Equal(Limits, rows.Select(static row => (Limits.Select(limit => limit.What).FirstOrDefault(row.What.StartsWith, row.What), row.Default)));
        Assert.Equal(TrafficReader.MaxCommandLength, ConnectionOptions.MaxHandshakeFrame);
        Assert.Equal(75, HeapPressure.ThresholdOf(100));
    }

    private static string Count(long count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds} s");

    private static string Octets(long octets) => octets % (1024 * 1024) == 0 ? $"{octets / (1024 * 1024)} MiB" : $"{octets / 1024.0} KiB";

    private static string ByProcessors(long count) => count == Environment.ProcessorCount ? "as many as processors" : Count(count);

    private static string Checks(CheckLimits limits, Func<long, string> say) =>
        $"{say(limits.MaxAtOnce)}, {limits.MaxWaiting} waiting, {Seconds(limits.TimeLimit)}";

    [GeneratedRegex("""^## Limits$.*?^## """, RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Section();

    [GeneratedRegex("""^\| (?<what>.*?) \| .*? \| (?<default>.*?) \|$""", RegexOptions.Multiline)]
    private static partial Regex Row();
}
