using System.Buffers;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Core.Tests.Engine;

/// <summary>Handshakes with long commands have places, few in the whole process: nobody else may take one meanwhile.</summary>
[Collection(AloneCollection.Name)]
public sealed class LongCommandsTests : IDisposable
{
    /// <summary>The octets of a READY's body around the value of its last property.</summary>
    private static readonly int Around = LongReady(0).Length - 9;

    private readonly List<HandshakeMachine> _machines = [];

    public enum Ending
    {
        Success,
        RefusedSocketType,
        MalformedCommand,
        PeerCloses,
        TimeIsOver,
        SocketCloses,
        TransportAborted,
    }

    public void Dispose()
    {
        foreach (var machine in _machines) machine.Dispose();
    }

    [Fact]
    [Spec("ZMTP30-101")]
    public void Receive_OneLongCommandMoreThanMayBeUnderWay_IsRefusedAndNotForGood()
    {
        for (var i = 0; i < LongCommands.MaxAtOnce; i++) Begin();

        var error = Assert.Throws<ZmtpException>(Begin);

        Assert.Equal((FaultOrigin.Local, true), (error.Origin, error.MayRetry));
        Assert.Contains("65000", error.Message, StringComparison.Ordinal);
        Assert.Contains(" 64 ", error.Message, StringComparison.Ordinal);
        Assert.Contains(" 4096 ", error.Message, StringComparison.Ordinal);

        // The one that was refused has no place to give back.
        _machines[^1].Dispose();
        Assert.Throws<ZmtpException>(Begin);
        _machines[0].Dispose();
        _machines[0].Dispose();
        Begin();
        Assert.Throws<ZmtpException>(Begin);
    }

    [Fact]
    public void Receive_MoreOfALongCommand_TakesNoOtherPlace()
    {
        for (var i = 0; i < LongCommands.MaxAtOnce - 1; i++) Begin();
        var ready = LongReady(5000);
        using var machine = NewMachine();
        var output = new ArrayBufferWriter<byte>();
        machine.Receive(Octets.Greeting31(), output);
        for (var seen = 9; seen < ready.Length; seen += 500) Assert.Equal(0, machine.Receive(ready.AsSpan(0, seen), output));

        AssertNoPlace();
        Assert.Equal(ready.Length, machine.Receive(ready, output));

        // Not only when it ends, which may take as long as an authenticator does.
        Assert.Equal(HandshakeState.Ready, machine.State);
        Begin();
        machine.Dispose();
        AssertNoPlace();
    }

    [Fact]
    public void Receive_AllPlacesAreTaken_ACommandOfFourKibibytesNeedsNone()
    {
        for (var i = 0; i < LongCommands.MaxAtOnce; i++) Begin();
        var ready = LongReady(LongCommands.FreeLength - Around);
        using var machine = NewMachine();
        var output = new ArrayBufferWriter<byte>();
        machine.Receive(Octets.Greeting31(), output);
        Assert.Equal(9 + LongCommands.FreeLength, ready.Length);

        Assert.Equal(0, machine.Receive(ready.AsSpan(..^1), output));
        Assert.Equal(ready.Length, machine.Receive(ready, output));

        Assert.Equal(HandshakeState.Ready, machine.State);
        using var longer = NewMachine();
        longer.Receive(Octets.Greeting31(), output);
        Assert.Throws<ZmtpException>(() => longer.Receive(LongReady(LongCommands.FreeLength - Around + 1).AsSpan(..^1), output));
    }

    [Fact]
    public void Receive_AllPlacesAreTaken_ALongCommandThatComesWholeNeedsNoneNorDoesAHeader()
    {
        for (var i = 0; i < LongCommands.MaxAtOnce; i++) Begin();
        var ready = LongReady(5000);
        using var machine = NewMachine();
        var output = new ArrayBufferWriter<byte>();
        machine.Receive(Octets.Greeting31(), output);

        Assert.Equal(0, machine.Receive(ready.AsSpan(..LongCommands.FreeLength), output));
        Assert.Equal(ready.Length, machine.Receive(ready, output));

        Assert.Equal(HandshakeState.Ready, machine.State);
    }

    [Theory]
    [MemberData(nameof(Endings))]
    public async Task RunAsync_AHandshakeWithALongCommandEnds_ItsPlaceIsFreeAgain(Ending ending)
    {
        for (var i = 0; i < LongCommands.MaxAtOnce - 1; i++) Begin();
        var (client, server) = InMemoryConnection.CreatePair();
        await using var there = client;
        await using var here = server;
        var ready = ending == Ending.MalformedCommand ? Octets.Command("READY", new byte[5000]) : LongReady(5000, TypeFor(ending));
        await client.Output.WriteAsync(Octets.Join(Octets.Greeting30(), ready[..4500]));
        using var closing = new CancellationTokenSource();
        var time = new FakeTimeProvider();
        var handshake = HandshakeDriver.RunAsync(server, Options(time), isConnecting: false, authenticator: null, closing.Token);

        // Towards ZMTP 3.0 our READY follows the greeting, and what came with that has been looked at before it leaves.
        await ReadToReadyAsync(client);
        AssertNoPlace();

        switch (ending)
        {
            case Ending.PeerCloses: client.CompleteOutput(); break;
            case Ending.TimeIsOver: time.Advance(Options(time).HandshakeTimeout); break;
            case Ending.SocketCloses: await closing.CancelAsync(); break;
            case Ending.TransportAborted: server.Abort(); break;
            default: await client.Output.WriteAsync(ready.AsMemory(4500)); break;
        }

        if (ending == Ending.RefusedSocketType) client.CompleteOutput();
        if (ending == Ending.Success) await (await handshake.WithinAsync()).DisposeAsync();
        else await Assert.ThrowsAnyAsync<Exception>(() => handshake.WithinAsync());

        Begin();
        AssertNoPlace();
    }

    public static TheoryData<Ending> Endings => [.. Enum.GetValues<Ending>()];

    /// <summary>A handshake whose peer has sent the first 4 KiB of a long command, and sends no more.</summary>
    private void Begin()
    {
        var machine = NewMachine();
        _machines.Add(machine);
        var output = new ArrayBufferWriter<byte>();
        Assert.Equal(64, machine.Receive(Octets.Join(Octets.Greeting31(), [0x06], Octets.BigEndian(65_000UL), new byte[LongCommands.FreeLength]), output));
        Assert.Equal(HandshakeState.Handshaking, machine.State);
    }

    private void AssertNoPlace() => Assert.Throws<ZmtpException>(Begin);

    private static async Task ReadToReadyAsync(InMemoryConnection client)
    {
        while (true)
        {
            var result = await client.Input.ReadAsync(TestTimeout.Token);
            var hasCome = result.Buffer.ToArray().AsSpan().IndexOf("READY"u8) >= 0;
            client.Input.AdvanceTo(hasCome ? result.Buffer.End : result.Buffer.Start, result.Buffer.End);
            if (hasCome) return;
        }
    }

    private static string TypeFor(Ending ending) => ending == Ending.RefusedSocketType ? "PULL" : "PUSH";

    private static byte[] LongReady(int length, string socketType = "PUSH")
    {
        var body = Octets.CommandBody("READY", Octets.Metadata(socketType), Octets.Property("X-Long", new byte[length]));
        return Octets.LongFrame(0x06, body);
    }

    private static HandshakeMachine NewMachine() => new(Options(TimeProvider.System), isConnecting: false, peerAddress: "127.0.0.1");

    private static ConnectionOptions Options(TimeProvider time) => new()
    {
        SocketType = SocketType.Pull,
        Security = NullSecurity.Instance,
        LocalMetadata = HandshakeContexts.Metadata(SocketType.Pull),
        Time = time,
    };
}
