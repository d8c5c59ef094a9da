using System.Text.RegularExpressions;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Lessons;

/// <summary>
/// What vulnerability scanners send: each ends its own connection and nothing else, and no exception of a connection is left for
/// the process to die of.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class ScannerTests
{
    private const string Signature1 = "FF 00 00 00 00 00 00 00 01 7F";

    /// <summary>And what a NULL socket finds wrong with each; null: nothing yet.</summary>
    public static TheoryData<string, byte[], ProtocolError?> Probes => new()
    {
        // A ZMTP 2 greeting, and a frame whose size wraps the decoder's pointer.
        { "CVE-2019-6250", Join($"{Signature1} 01 00 00 00 02 FF FF FF FF FF FF FF FF", new byte[8192]), ProtocolError.UnsupportedVersion },
        { "CVE-2019-6250 behind a handshake", Join(Shaken(), "02 FF FF FF FF FF FF FF FF", new byte[8192]), ProtocolError.MalformedFrame },
        { "libzmq#1488, size and header wrap", Join(Shaken(), "02 FF FF FF FF FF FF FF F7"), ProtocolError.MalformedFrame },
        { "libzmq#1488 in ZMTP 1", Octets.Hex("FF FF FF FF FF FF FF FF FF 00"), ProtocolError.UnsupportedVersion },
        { "CVE-2014-9721, no security by ZMTP 1", Octets.Hex("01 00 06 00 68 65 6C 6C 6F"), ProtocolError.NotZmtp },
        { "CVE-2014-9721, no security by ZMTP 2", Octets.Hex($"{Signature1} 01 08 00 00 00 05 68 65 6C 6C 6F"), ProtocolError.UnsupportedVersion },
        { "CVE-2020-15166, a signature and silence", Octets.Hex(Signature1), null },
        {
            "CVE-2020-36400, ZMTP 1 beyond the static buffer",
            Join("FF 00 00 00 00 00 00 20 01 00", new byte[8192], "FF 00 00 00 00 00 00 20 01 00"),
            ProtocolError.UnsupportedVersion
        },
        { "CVE-2021-20234, half a multipart", Join(Shaken(), "01 01 41 01 01 42"), null },
        {
            "CVE-2021-20236, a topic that never ends",
            Join(Shaken(), "06 00 00 00 00 00 10 00 0A 09 53 55 42 53 43 52 49 42 45", new byte[100_000]),
            ProtocolError.FrameTooLarge
        },
        { "JeroMQ#440, a negative length", Octets.Hex("FF 80 00 00 00 00 00 00 00 00"), ProtocolError.UnsupportedVersion },
        { "JeroMQ#440 behind a handshake", Join(Shaken(), "02 80 00 00 00 00 00 00 00"), ProtocolError.MalformedFrame },
        { "NetMQ#1049, a command without its name", Join(Octets.Greeting31(), "04 00"), ProtocolError.MalformedCommand },
        { "NetMQ#1049, a command shorter than its name", Join(Octets.Greeting31(), "04 03 05 52 45"), ProtocolError.MalformedCommand },
        { "NetMQ#1168, a length of garbage", Octets.Hex("FF 9C E1 9C E1 9C E1 9C E1 00 00"), ProtocolError.UnsupportedVersion },
        { "NetMQ#1036, a browser", Octets.Text("GET /favicon.ico HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n"), ProtocolError.NotZmtp },
        { "libzmq#147, telnet", Octets.Text("\r\nhelp\r\nquit\r\n"), ProtocolError.NotZmtp },
        { "libzmq#769, nmap", Octets.Text("OPTIONS / RTSP/1.0\r\n\r\n"), ProtocolError.NotZmtp },
        { "a stale PING", Join(Shaken(), "04 05 04 50 49 4E 47"), ProtocolError.MalformedHeartbeat },
    };

    [Theory]
    [MemberData(nameof(Probes))]
    [Lesson("T15", "T21")]
    public async Task PROBE_Public_EndsItsOwnConnectionOnly(string name, byte[] octets, ProtocolError? wrong)
    {
        foreach (var mechanism in (string[])["NULL", "CURVE"])
        {
            await using var sut = await Sut.BoundAsync(context => new PullSocket(
                context, Sut.Quick with { Security = TestSecurity.Server(mechanism) }));
            var bad = await sut.RawConnectsAsync();
            await SendAsync(bad, octets);

            // By what was sent alone: it goes on to wait for an answer, and the handshake has time.
            var isWrongGreeting = mechanism != "NULL" && octets.AsSpan().StartsWith(Octets.Greeting31());
            if ((isWrongGreeting ? ProtocolError.MechanismMismatch : wrong) is { } expected)
            {
                await bad.ReadToCloseAsync();
                var ended = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed, SocketEventKind.Disconnected);
                Assert.Equal(expected, Assert.IsType<ZmtpProtocolException>(ended.Error).Error);
            }

            await using var good = new PushSocket(sut.Context, Sut.Quick with { Security = TestSecurity.Client(mechanism) });
            good.Connect(sut.Endpoint);
            await good.SendAsync(name).WithinAsync();
            Assert.Equal(name, await sut.Socket.NextAsync());
        }
    }

    [Fact]
    [Lesson("T20")]
    public async Task CORPUS_OfProbesAndRandomOctets_LeavesNoExceptionToTheProcess()
    {
        var unobserved = new List<string>();
        void Keep(object? sender, UnobservedTaskExceptionEventArgs thrown)
        {
            // One that tests of transports make up.
            if (thrown.Exception.InnerException is InsufficientMemoryException) return;
            lock (unobserved) unobserved.Add(thrown.Exception.ToString());
        }

        // What earlier tests have left is none of the corpus's.
        Collect();
        TaskScheduler.UnobservedTaskException += Keep;
        try
        {
            await RunCorpusAsync();
            Collect();
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Keep;
        }

        Assert.DoesNotContain(unobserved, IsOfTheLibrary);
    }

    private static void Collect()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    /// <summary>What the library leaves behind names it among its frames; what only tests throw names tests.</summary>
    private static bool IsOfTheLibrary(string exception) => exception.Split('\n').Any(static line =>
        line.Contains(" at Zmtp.", StringComparison.Ordinal) &&
        !line.Contains(" at Zmtp.Testing.", StringComparison.Ordinal) &&
        !Regex.IsMatch(line, @" at Zmtp\.\w+\.Tests\."));

    private static async Task RunCorpusAsync()
    {
        var random = new Random(20);

        // The good peer has no longer than the bad ones, behind a thousand of them.
        await using var sut = await Sut.BoundAsync(context =>
            new PullSocket(context, Sut.Quick with { HandshakeTimeout = TimeSpan.FromSeconds(3) }));
        List<byte[]> corpus = [.. Probes.Select(probe => (byte[])probe[1])];
        for (var i = 0; i < 1000; i++)
        {
            var octets = new byte[random.Next(1, 300)];
            random.NextBytes(octets);
            corpus.Add(i % 3 == 0 ? octets : i % 3 == 1 ? Join(Octets.Greeting31(), octets) : Join(Shaken(), octets));
        }

        foreach (var octets in corpus)
        {
            await using var bad = await RawPeer.ConnectAsync(sut.Endpoint);
            await SendAsync(bad, octets, andFinish: true);
        }

        var good = await sut.PeerConnectsAsync("PUSH");
        await good.SendAsync(Octets.Frame("the end"));
        while (await sut.Socket.NextAsync() != "the end")
        {
            // Random octets behind a good handshake may well be messages.
        }
    }

    /// <summary>Sends as much as the other end takes before it hangs up.</summary>
    private static async Task SendAsync(RawPeer bad, byte[] octets, bool andFinish = false)
    {
        try
        {
            await bad.SendAsync(octets);
            if (andFinish) bad.ShutdownSend();
        }
        catch (System.Net.Sockets.SocketException)
        {
            // It has seen enough already.
        }
    }

    private static byte[] Shaken() => Join(Octets.Greeting31(), Octets.Ready("PUSH"));

    private static byte[] Join(params object[] parts) =>
        Octets.Join([.. parts.Select(part => part as byte[] ?? Octets.Hex((string)part))]);
}
