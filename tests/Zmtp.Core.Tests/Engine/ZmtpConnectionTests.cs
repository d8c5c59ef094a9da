using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Core.Tests.Transports;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Engine;

public class ZmtpConnectionTests
{
    [Fact]
    public async Task Run_WhatIsHandedOverFindsNoMemoryTwice_Ends()
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var there = client;
        await using var here = server;
        var owner = new FakeOwner { OnRead = static () => _ = new byte[int.MaxValue] };
        await using var connection = await ShakeHandsAsync(client, server, HeartbeatOptions.Off, TimeProvider.System);
        connection.Attach(owner);
        var running = connection.RunAsync(owner);

        // The end may be there before the write is over, which then tells of it.
        await Record.ExceptionAsync(() => client.Output.WriteAsync(Hex.Octets("00 01 41")).AsTask());

        var cause = await running.WithinAsync();
        Assert.IsType<OutOfMemoryException>(cause?.InnerException);
        await connection.Gone.WithinAsync();
    }

    /// <summary>Nothing is wrong with the library: who reads this has to look for what takes the memory.</summary>
    [Fact]
    public async Task Run_NoMemoryForAMessage_TheErrorSaysSo()
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var there = client;
        await using var here = server;
        var owner = new FakeOwner { OnBegin = static () => _ = new byte[int.MaxValue] };
        await using var connection = await ShakeHandsAsync(client, server, HeartbeatOptions.Off, TimeProvider.System);
        connection.Attach(owner);
        var running = connection.RunAsync(owner);

        await Record.ExceptionAsync(() => client.Output.WriteAsync(Hex.Octets("00 01 41")).AsTask());

        var cause = await running.WithinAsync();
        Assert.StartsWith("A peer could not be accepted, or stay, for want of memory: ", cause?.Message, StringComparison.Ordinal);
        Assert.Equal((FaultOrigin.Local, true), (cause!.Origin, cause.MayRetry));
    }

    /// <summary>The owner may leave at any moment between two reads.</summary>
    [Fact]
    public async Task Run_AReadFails_NothingIsHandedOver()
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var there = client;
        await using var here = server;
        var reads = 0;
        var owner = new FakeOwner { OnRead = () => reads++ };
        await using var connection = await ShakeHandsAsync(client, server, HeartbeatOptions.Off, TimeProvider.System);
        connection.Attach(owner);
        var running = connection.RunAsync(owner);

        await client.Output.CompleteAsync(new IOException("The network is gone."));

        Assert.NotNull(await running.WithinAsync());
        Assert.Equal(0, reads);
    }

    /// <summary>A message may be large, and its peer may never hang up.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Leave_AMessageHasBegunAndItsRestDoesNotCome_WhatThereIsOfItIsGivenBack(bool isOverTcp)
    {
        await using var tcp = isOverTcp ? await ConnectedPair.OverTcpAsync() : null;
        (TransportConnection client, TransportConnection server) = tcp is null ? InMemoryConnection.CreatePair() : (tcp.Client, tcp.Server);
        await using var there = client;
        await using var here = server;
        var hasRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var owner = new FakeOwner { OnRead = () => hasRead.TrySetResult() };
        await using var connection = await ShakeHandsAsync(client, server, HeartbeatOptions.Off, TimeProvider.System);
        connection.Attach(owner);
        var running = connection.RunAsync(owner);
        await client.Output.WriteAsync(Octets.Join(Hex.Octets("02 00 00 00 00 00 10 00 00"), new byte[10_000]));
        await hasRead.Task.WithinAsync();
        Assert.True(owner.IsBegunKept);

        connection.Leave(TimeSpan.MaxValue);

        await running.WithinAsync();
        Assert.True(SpinWait.SpinUntil(() => !owner.IsBegunKept, TestTimeout.Default), "It is kept.");
        Assert.False(connection.Gone.IsCompleted);
        client.Abort();
        await connection.Gone.WithinAsync();
    }

    /// <summary>A ttl that arrives is read by whoever waits for a message: the timer that it sets is there as long as the connection.</summary>
    [Fact]
    public async Task Timer_SetWhereSomethingFlows_DoesNotKeepIt()
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var there = client;
        await using var here = server;
        var time = new KeeperOfTimers();
        var heartbeat = new HeartbeatOptions(TimeSpan.FromHours(1), TimeSpan.FromHours(1), TimeSpan.Zero);
        await using var connection = await ShakeHandsAsync(client, server, heartbeat, time);
        var owner = new FakeOwner();
        connection.Attach(owner);
        time.Kept.Clear();
        var flowing = new AsyncLocal<string?> { Value = "the application's" };
        var running = connection.RunAsync(owner);
        flowing.Value = null;
        Assert.Equal([null], time.Kept);
        client.Abort();
        await running.WithinAsync();
    }

    /// <summary>What an authenticator wants to know may throw, though it must not.</summary>
    [Fact]
    public async Task Dispose_TheEndOfTheAdmissionThrows_TheTransportIsGivenBackAllTheSame()
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var there = client;
        var isOver = false;
        var admission = new Admission(() =>
        {
            isOver = true;
            throw new InvalidOperationException();
        });
        var here = new DisposalNoter(server);
        await client.Output.WriteAsync(Octets.Join(Octets.Greeting31("NULL"), Octets.Ready("PUSH")));
        var options = Options(HeartbeatOptions.Off, TimeProvider.System) with { Domain = "global" };
        var connection = await HandshakeDriver.RunAsync(
            here, options, isConnecting: false, new Admitter(admission), TestTimeout.Token).WithinAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.DisposeAsync().AsTask());

        Assert.True(isOver);
        Assert.True(here.IsDisposed);
    }

    private static async Task<ZmtpConnection> ShakeHandsAsync(
        TransportConnection client, TransportConnection server, HeartbeatOptions heartbeat, TimeProvider time)
    {
        await client.Output.WriteAsync(Octets.Join(Octets.Greeting31("NULL"), Octets.Ready("PUSH")));
        return await HandshakeDriver.RunAsync(server, Options(heartbeat, time), isConnecting: false, null, TestTimeout.Token).WithinAsync();
    }

    private static ConnectionOptions Options(HeartbeatOptions heartbeat, TimeProvider time) => new()
    {
        SocketType = SocketType.Pull,
        Security = NullSecurity.Instance,
        LocalMetadata = HandshakeContexts.Metadata(SocketType.Pull),
        Heartbeat = heartbeat,
        Time = time,
    };

    private sealed class Admitter(Admission admission) : IAuthenticator
    {
        public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken) =>
            ValueTask.FromResult(AuthenticationResult.Success("u", admission: admission));
    }

    /// <summary>The socket closes just when the connection has failed. Which of the two was first is asked more than once.</summary>
    [Fact]
    public async Task Leave_AfterTheEnd_TheTransportIsGivenBackOnce()
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var there = client;
        var here = new DisposalNoter(server);
        await client.Output.WriteAsync(Octets.Join(Octets.Greeting31("NULL"), Octets.Ready("PUSH")));
        var connection = await HandshakeDriver.RunAsync(
            here, Options(HeartbeatOptions.Off, TimeProvider.System), isConnecting: false, authenticator: null, TestTimeout.Token).WithinAsync();
        var owner = new FakeOwner();
        connection.Attach(owner);
        var running = connection.RunAsync(owner);
        server.Abort();
        await running.WithinAsync();
        await connection.Gone.WithinAsync();

        connection.Leave(TimeSpan.Zero);
        await connection.DisposeAsync();

        Assert.Equal(1, here.Disposals);
    }

    /// <summary>It must not throw. A silent peer is enough to have it told, by the clock.</summary>
    [Fact]
    public async Task Heartbeat_PeerIsSilentAndTheTransportThrowsWhenItIsAborted_TheConnectionEndsAndItIsTold()
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var there = client;
        var here = new ThrowingConnection(server);
        var time = new FakeTimeProvider();
        var told = new List<Exception>();
        await client.Output.WriteAsync(Octets.Join(Octets.Greeting31("NULL"), Octets.Ready("PUSH")));
        var heartbeat = new HeartbeatOptions(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), TimeSpan.Zero);
        var options = Options(heartbeat, time) with { OnDefect = told.Add };
        await using var connection = await HandshakeDriver.RunAsync(
            here, options, isConnecting: false, authenticator: null, TestTimeout.Token).WithinAsync();
        var owner = new FakeOwner();
        connection.Attach(owner);
        var running = connection.RunAsync(owner);

        time.Advance(TimeSpan.FromSeconds(1));
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.NotNull(await running.WithinAsync());
        Assert.NotEmpty(told);
        Assert.All(told, static error => Assert.IsType<InvalidOperationException>(error));
    }

    private sealed class ThrowingConnection(TransportConnection inner) : WrappedConnection(inner)
    {
        public override void Abort()
        {
            base.Abort();
            throw new InvalidOperationException("Not so soon.");
        }
    }

    private sealed class DisposalNoter(TransportConnection inner) : WrappedConnection(inner)
    {
        public int Disposals { get; private set; }

        public bool IsDisposed => Disposals > 0;

        public override ValueTask DisposeAsync()
        {
            Disposals++;
            return base.DisposeAsync();
        }
    }
}
