using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Greetings;

/// <summary>A client that has a password or a key shows nothing of it to a listener, or a peer, that names no mechanism or another one.</summary>
public sealed class SecuredClientTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);

    public static TheoryData<string, bool, string, ProtocolError> Cases()
    {
        var cases = new TheoryData<string, bool, string, ProtocolError>();
        foreach (var (ours, other) in new[] { ("PLAIN", "CURVE"), ("CURVE", "PLAIN") })
        {
            foreach (var bound in new[] { false, true })
            {
                cases.Add(ours, bound, "NULL", ProtocolError.MechanismMismatch);
                cases.Add(ours, bound, other, ProtocolError.MechanismMismatch);
                cases.Add(ours, bound, Octets.Greeting20Dealer, ProtocolError.UnsupportedVersion);
                cases.Add(ours, bound, "01 00", ProtocolError.NotZmtp);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    [Spec("ZMTP30-18", "ZMTP30-20", "ZMTP30-93", "ZMTP30-98")]
    [Lesson("T1")]
    [Lesson("T4")]
    public async Task GREETING_WeakerOrOlderPeer_GetsNothingBut64OctetsFromASecuredClient(
        string ours, bool bound, string theirs, ProtocolError error)
    {
        await using var sut = Sut.Create(context => new PushSocket(context, Sut.Quick with { Security = TestSecurity.Client(ours) }));
        if (bound) await sut.BindAsync();
        var raw = bound ? await sut.RawConnectsAsync() : await sut.RawListensAsync();

        // It waits for a peer that may have it, to the end of the test.
        _ = sut.Socket.SendAsync("hello").AsTask();

        Assert.Equal(Octets.Greeting31(ours), await raw.ReadAsync(64));
        await raw.ExpectNothingAsync(Moment);
        var greeting = theirs is "NULL" or "PLAIN" or "CURVE" ? Octets.Greeting31(theirs, asServer: theirs != "NULL") : Octets.Hex(theirs);
        await raw.SendAsync(greeting, Octets.Ready("PULL"));

        await raw.ExpectCloseAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(error, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
        Assert.Equal(0, sut.Socket.PeerCount);
    }
}
