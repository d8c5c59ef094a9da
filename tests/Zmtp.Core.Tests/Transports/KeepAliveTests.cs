using System.Net.Sockets;
using Xunit;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

public sealed class KeepAliveTests
{
    [Theory]
    [InlineData(1L, 1)]
    [InlineData(2 * TimeSpan.TicksPerSecond, 2)]
    [InlineData((2 * TimeSpan.TicksPerSecond) + 1, 3)]
    [InlineData(32_767 * TimeSpan.TicksPerSecond, 32_767)]
    [InlineData(32_768 * TimeSpan.TicksPerSecond, 32_767)]
    [InlineData(long.MaxValue, 32_767)]
    public void KeepAlive_AnyTime_IsWholeSecondsUpToTheMost(long ticks, int seconds)
    {
        using var socket = SocketSettings.NewTcp(AddressFamily.InterNetwork);

        SocketSettings.ApplyTcp(socket, new TransportOptions { KeepAlive = TimeSpan.FromTicks(ticks) });

        Assert.Equal(seconds, socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime));
        Assert.NotEqual(0, socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
    }

    [Fact]
    public void KeepAlive_NoneOrInfinite_IsOff()
    {
        foreach (var none in new TimeSpan?[] { null, Timeout.InfiniteTimeSpan })
        {
            using var socket = SocketSettings.NewTcp(AddressFamily.InterNetwork);

            SocketSettings.ApplyTcp(socket, new TransportOptions { KeepAlive = none });

            Assert.Equal(0, socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
        }
    }
}
