using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Engine;
using Zmtp.Security;
using Zmtp.Sockets.Reporting;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Diagnostics;

/// <summary>A peer that fails again and again has one line a minute, and none is lost at Debug.</summary>
public sealed class RepetitionTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task LOG_ClientThatIsRefusedAgainAndAgain_HasOneWarningAtEachEnd()
    {
        await using var server = new Side(SocketType.Pull, TestServers.Asking("PLAIN"));
        await using var client = new Side(SocketType.Push, Sut.Quick with { Security = TestSecurity.Client("PLAIN") });
        server.Context.Use(new FixedVerdict(AuthenticationResult.TemporaryError("Not now.")));

        client.Socket.Connect(await server.Socket.BindAsync("tcp://127.0.0.1:*"));
        for (var i = 0; i < 5; i++)
        {
            await server.FailsAsync(SocketEventKind.HandshakeFailed);
            await client.FailsAsync(SocketEventKind.HandshakeFailed);
        }

        foreach (var side in (Side[])[server, client])
        {
            var lines = side.Log.All.Where(line => line.Id.Id == 3702).ToArray();
            Assert.True(lines.Length >= 5);
            Assert.Equal(LogLevel.Warning, lines[0].Level);
            Assert.All(lines[1..], line => Assert.Equal(LogLevel.Debug, line.Level));
        }
    }

    /// <summary>As a health check of tcp does it, or libzmq of another mechanism. Each comes from another port, which is no news.</summary>
    [Theory]
    [InlineData(0, "health check")]
    [InlineData(9, "health check")]
    [InlineData(10, "mechanism is not ours, NULL")]
    [InlineData(64, "NULL handshake")]
    public async Task LOG_ConnectionsThatAreResetInTheHandshake_HaveOneWarningThatSaysWhatDoesThat(int octets, string hint)
    {
        await using var server = new Side(SocketType.Pull, new SocketOptions());
        var endpoint = await server.Socket.BindAsync("tcp://127.0.0.1:*");
        for (var i = 0; i < 3; i++)
        {
            await using var peer = await RawPeer.ConnectAsync(endpoint);
            await peer.SendAsync(Octets.Greeting31()[..octets]);
            await peer.ReadAsync(64);
            peer.Reset();
            var failed = Assert.IsType<ZmtpProtocolException>((await server.FailsAsync(SocketEventKind.HandshakeFailed)).Error);
            Assert.Equal(ProtocolError.ClosedDuringHandshake, failed.Error);
            Assert.Contains(hint, failed.Message, StringComparison.Ordinal);
        }

        var lines = server.Log.All.Where(line => line.Id.Id == 3702).ToArray();
        Assert.Equal([LogLevel.Warning, LogLevel.Debug, LogLevel.Debug], lines.Select(line => line.Level));
    }

    /// <summary>That it gets in each time before it breaks a rule is no reason to say it each time.</summary>
    [Fact]
    public async Task LOG_PeerThatComesInAndBreaksARuleAgainAndAgain_HasOneWarning()
    {
        await using var server = new Side(SocketType.Pull, new SocketOptions());
        var endpoint = await server.Socket.BindAsync("tcp://127.0.0.1:*");
        for (var i = 0; i < 4; i++)
        {
            await using var peer = await RawPeer.ConnectAsync(endpoint);
            await peer.Handshake31Async("PUSH");
            await peer.SendAsync([0x08]);
            Assert.IsType<ZmtpProtocolException>((await server.FailsAsync(SocketEventKind.Disconnected)).Error);
        }

        var lines = server.Log.All.Where(line => line.Level >= LogLevel.Warning).ToArray();
        Assert.Single(lines);
    }

    /// <summary>One whose Identity is in use, say: each attempt shakes hands before it is turned away.</summary>
    [Fact]
    public void LOG_ServerThatTurnsUsAwayAfterEachHandshake_IsSaidOnce()
    {
        const string Endpoint = "tcp://10.0.0.1:5555";
        using var log = new LogRecords();
        var report = new SocketReport(log, "DEALER", _time);
        for (var i = 0; i < 2; i++)
        {
            report.Write(SocketEventKind.HandshakeSucceeded, Endpoint, Endpoint, error: null);
            report.Write(
                SocketEventKind.Disconnected, Endpoint, Endpoint, new ZmtpException("It has refused us.", FaultOrigin.Peer, mayRetry: true));
        }

        Assert.Single(log.Warnings);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void LOG_SameFailureAfterAMinute_SaysHowManyWereLeftOut(int leftOut)
    {
        const string Endpoint = "tcp://10.0.0.1:5555";
        using var log = new LogRecords();
        var report = new SocketReport(log, "PULL", _time);
        for (var i = 0; i <= leftOut; i++) Refuse();
        _time.Advance(TimeSpan.FromSeconds(61));
        Refuse();
        Assert.Equal(2, log.Warnings.Count);
        Assert.EndsWith($"It is refused. (Repetitions in the meantime: {leftOut}.)", log.Warnings[1].Text, StringComparison.Ordinal);

        void Refuse() => report.Write(
            SocketEventKind.HandshakeFailed, Endpoint, Endpoint, new ZmtpException("It is refused.", FaultOrigin.Peer, mayRetry: true));
    }

    [Fact]
    public async Task LOG_ServerThatTurnsUsAwayAgainAndAgain_IsNewsOnceMoreAfterAConnectionThatWasOfUse()
    {
        await using var listener = RawListener.Open();
        await using var client = new Side(SocketType.Dealer, QuickPauses.Options, new QuickPauses());
        client.Socket.Connect(listener.Endpoint);
        foreach (var isOfUse in (bool[])[false, false, true, false, false])
        {
            await using (var server = await listener.AcceptAsync())
            {
                await server.Handshake31Async("ROUTER");
                if (isOfUse) await server.SendAsync([0x00, 0x01, 0x61]);
            }

            await client.FailsAsync(SocketEventKind.Disconnected);
        }

        Assert.Equal([3703, 3703], client.Log.Warnings.Select(static line => line.Id.Id));
    }

    /// <summary>Each read of each peer finds it so.</summary>
    [Fact]
    public void LOG_MemoryThatIsShort_IsSaidOnceAMinute()
    {
        using var log = new LogRecords();
        var report = new SocketReport(log, "PULL", _time);
        for (var i = 0; i < 3; i++) report.WriteMemoryShort();
        Assert.Single(log.Warnings);

        _time.Advance(TimeSpan.FromSeconds(61));
        report.WriteMemoryShort();

        Assert.Equal([3715, 3715], log.Warnings.Select(static line => line.Id.Id));
    }

    /// <summary>What a reason says of a peer's port is no news, either.</summary>
    [Fact]
    public void LOG_ReasonThatNamesThePort_IsSaidOnce()
    {
        using var log = new LogRecords();
        var report = new SocketReport(log, "REP", _time);

        foreach (var peer in (string[])["tcp://10.0.0.9:41234", "tcp://10.0.0.9:41235"])
        {
            report.Write(
                SocketEventKind.HandshakeFailed,
                "tcp://10.0.0.1:5555",
                peer,
                new ZmtpException($"The connection to {peer} broke.", FaultOrigin.Network, mayRetry: true));
        }

        Assert.Equal([LogLevel.Warning, LogLevel.Debug], log.All.Select(line => line.Level));
    }

    /// <summary>They refuse for the same reason and are two to mend: at the end that connects it is the port that tells them apart.</summary>
    [Fact]
    public void LOG_TwoServersOnOneHostThatRefuse_HaveOneWarningEach()
    {
        using var log = new LogRecords();
        var report = new SocketReport(log, "PUSH", _time);
        ZmtpException[] errors = [.. Enumerable.Range(0, 2).Select(static _ => new ZmtpException("Denied.", FaultOrigin.Peer, mayRetry: false))];

        report.Write(SocketEventKind.HandshakeFailed, "tcp://10.0.0.1:5555", "tcp://10.0.0.1:5555", errors[0]);
        report.Write(SocketEventKind.HandshakeFailed, "tcp://10.0.0.1:5556", "tcp://10.0.0.1:5556", errors[1]);
        report.Write(SocketEventKind.ConnectStopped, "tcp://10.0.0.1:5556", "", errors[1]);

        Assert.Equal([LogLevel.Warning, LogLevel.Warning, LogLevel.Information], log.All.Select(static line => line.Level));
    }

    [Fact]
    public void LOG_OneOfTwoServersOnOneHostLetsUsIn_TheRefusalsOfTheOtherAreNoNews()
    {
        using var log = new LogRecords();
        var report = new SocketReport(log, "PUSH", _time);
        foreach (var port in (int[])[5555, 5556, 5555, 5556])
        {
            var endpoint = $"tcp://10.0.0.1:{port}";
            if (port == 5555) report.Forget(endpoint);
            else report.Write(SocketEventKind.HandshakeFailed, endpoint, endpoint, new ZmtpException("Denied.", FaultOrigin.Peer, mayRetry: true));
        }

        Assert.Single(log.Warnings);
    }

    /// <summary>Whoever counts sockets that have given up, by the id, is to count those that ended in good order too.</summary>
    [Fact]
    public void LOG_ConnectStoppedWithoutAnError_HasTheLineOfOneThatGaveUp()
    {
        using var log = new LogRecords();

        new SocketReport(log, "REQ", _time).Write(SocketEventKind.ConnectStopped, "tcp://127.0.0.1:5555", "", error: null);

        var line = Assert.Single(log.All);
        Assert.Equal((3705, LogLevel.Information), (line.Id.Id, line.Level));
    }

    [Fact]
    public void NEWS_OfTheSame_IsOldForAMinuteAndThenCounted()
    {
        var said = new Repetitions(_time);
        Assert.Equal(News.Fresh, said.Note("tcp://*:1", "10.0.0.1", isOne: true, "wrong key", out _));
        for (var i = 0; i < 3; i++) Assert.Equal(News.Old, said.Note("tcp://*:1", "10.0.0.1", isOne: true, "wrong key", out _));
        Assert.Equal(News.Fresh, said.Note("tcp://*:1", "10.0.0.2", isOne: true, "wrong key", out _));
        Assert.Equal(News.Fresh, said.Note("tcp://*:1", "10.0.0.1", isOne: true, "denied", out _));
        _time.Advance(Repetitions.Window);
        Assert.Equal(News.Fresh, said.Note("tcp://*:1", "10.0.0.1", isOne: true, "wrong key", out var leftOut));
        Assert.Equal(3, leftOut);
        Assert.Equal(News.Old, said.Note("tcp://*:1", "10.0.0.1", isOne: true, "wrong key", out _));
    }

    [Fact]
    public void NEWS_AfterASuccess_IsFresh()
    {
        var said = new Repetitions(_time);
        said.Note("tcp://*:1", "10.0.0.1", isOne: true, "wrong key", out _);
        said.Forget("tcp://*:1");
        Assert.Equal(News.Fresh, said.Note("tcp://*:1", "10.0.0.1", isOne: true, "wrong key", out _));
    }

    [Fact]
    public void NEWS_WithoutEnd_IsSaidToBeTooMuchOnceAMinuteAndTakesNoMoreMemory()
    {
        var said = new Repetitions(_time);
        for (var i = 0; i < Repetitions.Capacity; i++)
        {
            Assert.Equal(News.Fresh, said.Note("tcp://*:1", $"10.0.0.{i % 250}", isOne: true, $"reason {i}", out _));
        }

        Assert.Equal(News.TooMuch, said.Note("tcp://*:1", "10.0.0.1", isOne: true, "one more", out _));
        for (var i = 0; i < 1000; i++) Assert.Equal(News.Old, said.Note("tcp://*:1", $"10.0.0.{i % 250}", isOne: true, $"more {i}", out _));
        _time.Advance(Repetitions.Window);
        Assert.Equal(News.Fresh, said.Note("tcp://*:1", "10.0.0.1", isOne: true, "one more", out _));
    }

    /// <summary>A peer chooses what goes into a reason: a key of its own each time, say.</summary>
    [Fact]
    public void LOG_OnePeerThatFailsInEverNewWays_HidesNobodyElse()
    {
        using var log = new LogRecords();
        var report = new SocketReport(log, "PULL", _time);
        for (var i = 0; i < Repetitions.Capacity; i++) Fail(report, "tcp://10.0.0.66:1", i);
        var told = Assert.Single(log.All, static line => line.Id.Id == 3706);
        Assert.Contains("tcp://10.0.0.66", told.Text, StringComparison.Ordinal);

        Fail(report, "tcp://10.0.0.7:1", 0);
        Assert.Equal(LogLevel.Warning, log.All[^1].Level);
        Assert.Equal(Repetitions.Capacity + 1, log.All.Count(static line => line.Id.Id == 3702));
        Fail(report, "tcp://10.0.0.66:2", Repetitions.Capacity);
        Assert.Equal(LogLevel.Debug, log.All[^1].Level);
    }

    /// <summary>They all come from the same place: what one fails at may not count against the others.</summary>
    [Fact]
    public void LOG_PeersThatCannotBeToldApart_HaveTheRoomOfAll()
    {
        const string Endpoint = "ipc:///run/x";
        using var log = new LogRecords();
        var report = new SocketReport(log, "PULL", _time);
        for (var i = 0; i < Repetitions.Capacity; i++) Fail(report, Endpoint, i, Endpoint);
        Assert.Equal(Repetitions.Capacity, log.Warnings.Count);

        Fail(report, Endpoint, Repetitions.Capacity, Endpoint);
        Assert.Equal(LogLevel.Debug, log.All[^1].Level);
        Assert.Contains("all peers", Assert.Single(log.All, static line => line.Id.Id == 3706).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void LOG_OnePeerThatWentOnForAMinute_IsNewsAgain()
    {
        using var log = new LogRecords();
        var report = new SocketReport(log, "PULL", _time);
        for (var i = 0; i < Repetitions.Capacity; i++) Fail(report, "tcp://10.0.0.66:1", i);
        var said = log.Warnings.Count;
        _time.Advance(Repetitions.Window);

        for (var i = 0; i < Repetitions.Capacity; i++) Fail(report, "tcp://10.0.0.66:1", Repetitions.Capacity + i);

        Assert.Equal(2 * said, log.Warnings.Count);
        Assert.Equal(2, log.All.Count(static line => line.Id.Id == 3706));
    }

    [Fact]
    public void LOG_MoreFailuresThanAnybodyReads_AreSaidOnce()
    {
        var log = new LogRecords();
        var report = new SocketReport(log, "PULL", _time);
        for (var i = 0; i < 1000; i++) Fail(report, $"tcp://10.0.0.{i % 250}:2", i);
        Assert.Equal(Repetitions.Capacity + 1, log.Warnings.Count);
        Assert.Equal(3706, log.Warnings[^1].Id.Id);
        Assert.Equal(1000, log.All.Count(line => line.Id.Id == 3702));
    }

    [Fact]
    public void LOG_PeerThatFellSilent_IsAWarningAndOneThatHungUpIsNot()
    {
        var log = new LogRecords();
        var report = new SocketReport(log, "PULL", _time);
        var monitor = new HeartbeatMonitor(new HeartbeatOptions(Repetitions.Window, Repetitions.Window, TimeSpan.Zero), minorVersion: 1, _time);
        _time.Advance(Repetitions.Window);
        Assert.Null(monitor.Tick(out _));
        _time.Advance(Repetitions.Window);
        foreach (var error in (ZmtpException[])[monitor.Tick(out _)!, new("It hung up.", FaultOrigin.Network, mayRetry: true)])
        {
            report.Write(SocketEventKind.Disconnected, "tcp://*:1", "tcp://10.0.0.1:2", error);
        }

        Assert.Equal([LogLevel.Warning, LogLevel.Debug], log.All.Select(static line => line.Level));
    }

    private static void Fail(SocketReport report, string peer, int number, string endpoint = "tcp://*:1") => report.Write(
        SocketEventKind.HandshakeFailed, endpoint, peer, new ZmtpException($"Reason {number}", FaultOrigin.Peer, mayRetry: true));
}
