using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Threading;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>The pool's minimum while code of the application blocks a thread that it should not.</summary>
[Collection(AloneCollection.Name)]
public class ForeignCallTests
{
    [Fact]
    public Task Enter_GoesOnOnAThreadOfThePool_IsCountedUntilItComesBack() => Task.Run(() =>
    {
        var before = Minimum;
        for (var i = 0; i < 2; i++)
        {
            using (ForeignCall.Enter())
            {
                Assert.True(SpinWait.SpinUntil(() => Minimum > before, TestTimeout.Default), "It is not counted.");
            }

            Assert.Equal(before, Minimum);
        }
    }).WithinAsync();

    /// <summary>In each order: what is left is kept in no order.</summary>
    [Fact]
    public Task Enter_SeveralComeBackInAnyOrder_TheMinimumIsWhatItWas() => Task.Run(() =>
    {
        var before = Minimum;
        foreach (var order in (int[][])[[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
        {
            ForeignCall?[] calls = [ForeignCall.Enter(), ForeignCall.Enter(), ForeignCall.Enter()];
            Assert.True(SpinWait.SpinUntil(() => Minimum >= before + calls.Length, TestTimeout.Default), "Not all are counted.");
            foreach (var one in order) calls[one]!.Dispose();
            Assert.Equal(before, Minimum);
        }
    }).WithinAsync();

    [Fact]
    public async Task Enter_ThreadIsNotThePools_IsNone() => await Blocking.RunAsync(static () => Assert.Null(ForeignCall.Enter())).WithinAsync();

    private static int Minimum
    {
        get
        {
            ThreadPool.GetMinThreads(out var workers, out _);
            return workers;
        }
    }
}
