using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>Calls that block on all threads of the pool. They take them from whoever runs beside, too.</summary>
[Collection(AloneCollection.Name)]
public class BlockedPoolTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(8)] // Threads that are blocked by somebody else: the pool's own minimum is used up before we begin.
    public async Task Receive_AHundredBlockedPoolThreads_TrafficOfOthersGoesOn(int others)
    {
        using var othersMayGo = new ManualResetEventSlim();
        var othersBlocked = Enumerable.Range(0, others).Select(_ => Task.Run(() => othersMayGo.Wait(TestTimeout.Default * 3))).ToArray();
        await using var context = Join.NewContext();
        await using var quiet = new PullSocket(context);
        await using var waker = new PushSocket(context);
        await Join.ToAsync(quiet, waker);
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        await Join.ToAsync(pull, push);
        using var blocked = new CountdownEvent(100);
        var receivers = Enumerable.Range(0, 100).Select(_ => Task.Run(() =>
        {
            blocked.Signal();
            quiet.Receive().Dispose();
        })).ToArray();

        var until = TestTimeout.After(TestTimeout.Default * 2);
        for (var i = 0; i < 2000; i++)
        {
            await push.SendAsync("x", until);
            (await pull.ReceiveAsync(until)).Dispose();
        }

        await Task.Run(() => Assert.True(blocked.Wait(TestTimeout.Default), "Not all receivers got a thread."));
        for (var i = 0; i < receivers.Length; i++) await waker.SendAsync("x", until);
        await Task.WhenAll(receivers).WithinAsync();
        othersMayGo.Set();
        await Task.WhenAll(othersBlocked).WithinAsync();
    }
}
