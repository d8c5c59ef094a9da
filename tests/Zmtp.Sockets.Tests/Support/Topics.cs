using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Sockets.Subscriptions;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>What a PUB knows of its subscribers' topics: what one that has left had subscribed to shows in no message.</summary>
internal static class Topics
{
    /// <summary>Whether anything is left of any subscription.</summary>
    public static bool HasTopics(this PubSocket socket) => !Tree(socket).IsEmpty;

    /// <summary>Waits until nothing is left of any subscription: it is taken back behind the event that tells of the peer's end.</summary>
    public static Task ExpectNoTopicsAsync(this PubSocket socket) => Blocking.RunAsync(() => Assert.True(
        SpinWait.SpinUntil(() => Tree(socket).IsEmpty, TestTimeout.Default), "Subscriptions are left of a peer that has gone."));

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_topics")]
    private static extern ref TopicTree Tree(PubSocket socket);
}
