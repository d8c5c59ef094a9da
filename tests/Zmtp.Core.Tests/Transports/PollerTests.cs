using System.Net.Sockets;
using Xunit;
using Zmtp.Testing;
using Zmtp.Transports;
using Zmtp.Transports.Polling;

namespace Zmtp.Core.Tests.Transports;

/// <summary>A poller of the test's own, in a process that may have no more threads.</summary>
public class PollerTests
{
    /// <summary>Whoever wanted to enter its socket closes it, and knows nothing of an entry.</summary>
    [Fact]
    public void ADD_TheFirstThreadCannotBeStarted_NothingIsEntered()
    {
        if (Poller.Shared is null) return;
        var poller = new Poller(static _ => FindNoMemory());
        using var socket = SocketSettings.NewTcp(AddressFamily.InterNetwork);
        Assert.Throws<OutOfMemoryException>(() => new PolledSocketWaits(poller, socket, continuesHere: true));
        Assert.Equal(0, poller.Count);
    }

    /// <summary>The application blocks the only thread there is, and when another one is wanted there is room for none.</summary>
    [Fact]
    public async Task NOBODYWAITS_NoThreadCanBeStartedThen_OneIsLater()
    {
        if (Poller.Shared is null) return;
        using var release = new ManualResetEventSlim();
        var later = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var starts = 0;
        var poller = new Poller(run =>
        {
            var start = Interlocked.Increment(ref starts);
            if (start == 2) FindNoMemory();
            if (start > 2) later.TrySetResult();
            new Thread(run) { IsBackground = true }.Start();
        });
        var (socket, peer) = await ConnectAsync();
        using var here = socket;
        using var there = peer;
        var waits = new PolledSocketWaits(poller, socket, continuesHere: true);
        try
        {
            _ = waits.ReadableAsync().AsTask().ContinueWith(
                _ => release.Wait(TestTimeout.Default), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await peer.SendAsync(new byte[1]);
            await later.Task.WithinAsync();
        }
        finally
        {
            release.Set();
            waits.End();
        }
    }

    private static void FindNoMemory() => _ = new byte[int.MaxValue];

    private static async Task<(Socket Socket, Socket Peer)> ConnectAsync()
    {
        using var listener = SocketSettings.NewTcp(AddressFamily.InterNetwork);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        listener.Listen(1);
        listener.Blocking = true;
        var peer = new Socket(AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.LocalEndPoint!, TestTimeout.Token);
        var socket = listener.Accept();
        socket.Blocking = false;
        return (socket, peer);
    }
}
