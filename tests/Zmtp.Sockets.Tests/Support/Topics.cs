using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Sockets.Subscriptions;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>What a PUB knows of its subscribers' topics: what one that has left had subscribed to shows in no message.</summary>
internal static class Topics
{
    /// <summary>Whether anything is left of any subscription.</summary>
    public static bool HasTopics(this PubSocket socket) => !Tree(PublisherOf(socket)).IsEmpty;

    /// <summary>Waits until nothing is left of any subscription: it is taken back behind the event that tells of the peer's end.</summary>
    public static Task ExpectNoTopicsAsync(this PubSocket socket) => ExpectNoTopicsAsync(Tree(PublisherOf(socket)));

    /// <inheritdoc cref="ExpectNoTopicsAsync(PubSocket)"/>
    public static Task ExpectNoTopicsAsync(this XPubSocket socket) => ExpectNoTopicsAsync(Tree(PublisherOf(socket)));

    private static Task ExpectNoTopicsAsync(TopicTree tree) => Blocking.RunAsync(() => Assert.True(
        SpinWait.SpinUntil(() => tree.IsEmpty, TestTimeout.Default), "Subscriptions are left of a peer that has gone."));

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_publisher")]
    private static extern ref Publisher PublisherOf(PubSocket socket);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_publisher")]
    private static extern ref Publisher PublisherOf(XPubSocket socket);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_topics")]
    private static extern ref TopicTree Tree(Publisher publisher);
}
