using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>What a peer has left keeps nothing of the connection that it came by.</summary>
[Collection(AloneCollection.Name)]
public class ForgottenConnectionTests
{
    private WeakReference? _connection;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PULL_PeerHasLeftAMessage_ItsConnectionIsNotKept(bool isReceived)
    {
        await using var context = Searched.NewContext(new ZmtpContextOptions { Transports = [new WrappingTransport(Wrap, listening: true)] });
        await using var pull = new PullSocket(context, Sut.Quick);
        var log = new EventLog(pull);
        var push = new PushSocket(context, new() { Linger = TestTimeout.Default });
        push.Connect(await pull.BindAsync("mem://*"));
        await push.SendAsync("left", TestTimeout.Token);
        await push.DisposeAsync();
        await log.NextAsync(SocketEventKind.Disconnected);
        var message = isReceived ? await pull.ReceiveAsync(TestTimeout.Token) : default;

        Assert.True(SpinWait.SpinUntil(IsCollected, TestTimeout.Default), "The connection is still there.");

        if (!isReceived) message = await pull.ReceiveAsync(TestTimeout.Token);
        Assert.Equal("left", message.AsString());
        message.Dispose();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private TransportConnection Wrap(TransportConnection inner)
    {
        var connection = new Connection(inner);
        _connection = new WeakReference(connection);
        return connection;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool IsCollected()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return !_connection!.IsAlive;
    }

    private sealed class Connection(TransportConnection inner) : WrappedConnection(inner);
}
