using Xunit;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Support;

internal static class MessageExtensions
{
    /// <summary>Waits until whoever has it disposes of it.</summary>
    public static void ExpectGivenBack(this Message message)
    {
        Assert.True(SpinWait.SpinUntil(IsGivenBack, TestTimeout.Default), "It is kept.");

        bool IsGivenBack()
        {
            try
            {
                return message.FrameCount < 0;
            }
            catch (ObjectDisposedException)
            {
                return true;
            }
        }
    }
}
