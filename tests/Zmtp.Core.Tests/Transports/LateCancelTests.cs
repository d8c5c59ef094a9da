using System.Net.Sockets;
using Xunit;
using Zmtp.Testing;
using Zmtp.Transports;
using Zmtp.Transports.Polling;

namespace Zmtp.Core.Tests.Transports;

/// <summary>What cancels a write may come late, when that one has ended and another is under way.</summary>
public sealed class LateCancelTests : IDisposable
{
    /// <summary>So little that the system holds far less than what the tests read first.</summary>
    private const int SystemBuffer = 4 * 1024;

    /// <summary>More than the system holds, so that some of the piece that waits has left; less than it holds and that piece together.</summary>
    private const int ReadFirst = 64 * 1024;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zmtp-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public Task SOCKETPIPE_WaitOfAWriteIsEndedByAnEarlierOnesCancel_NoOctetLeavesTwice() => ExpectNoOctetTwiceAsync(isPolled: false);

    [PollerFact]
    public Task SOCKETPIPE_PolledWaitOfAWriteIsEndedByAnEarlierOnesCancel_NoOctetLeavesTwice() => ExpectNoOctetTwiceAsync(isPolled: true);

    private async Task ExpectNoOctetTwiceAsync(bool isPolled)
    {
        var (socket, peer) = Connect();
        using var there = peer;
        SocketWaits waits = isPolled ? new PolledSocketWaits(Poller.Shared!, socket, continuesHere: false) : new RuntimeSocketWaits(socket);
        await using var connection = new SocketConnection(socket, waits, "here", "there", "");
        var body = new byte[1024 * 1024];
        new Random(1).NextBytes(body);
        var writing = connection.Output.WriteAsync(body).AsTask();
        var read = new MemoryStream();
        while (read.Length < ReadFirst) Assert.NotEqual(0, await ReadAsync(peer, read, ReadFirst - (int)read.Length));

        waits.CancelWrite();

        var hasEnded = EndAfterAsync(writing, connection);
        while (await ReadAsync(peer, read, body.Length) > 0)
        {
            Assert.True(read.Length <= body.Length && read.ToArray().AsSpan().SequenceEqual(body.AsSpan(0, (int)read.Length)), "Octets came twice.");
        }

        // The runtime does not tell how much has left, so the connection is lost.
        var error = await hasEnded.WithinAsync();
        if (isPolled) Assert.Equal((null, body.Length), (error, (int)read.Length));
        else Assert.Equal((FaultOrigin.Network, true), (Assert.IsType<ZmtpException>(error).Origin, ((ZmtpException)error).MayRetry));
    }

    private static async Task<Exception?> EndAfterAsync(Task writing, SocketConnection connection)
    {
        var error = await Record.ExceptionAsync(() => writing);

        // Where the write has failed nothing may follow it.
        if (error is not null) Assert.Throws<ZmtpException>(() => { _ = connection.Output.WriteAsync(new byte[1]).AsTask(); });
        connection.Abort();
        return error;
    }

    private static async Task<int> ReadAsync(Socket peer, MemoryStream into, int most)
    {
        var octets = new byte[Math.Min(most, ReadFirst)];
        var count = await peer.ReceiveAsync(octets, SocketFlags.None, TestTimeout.Token);
        into.Write(octets, 0, count);
        return count;
    }

    private (Socket Socket, Socket Peer) Connect()
    {
        var address = new IpcEndPoint(ZmtpEndpoint.Parse($"ipc://{Path.Combine(_directory.FullName, "socket")}"));
        using var listener = SocketSettings.NewIpc();
        listener.Bind(address);
        listener.Listen(1);
        var socket = SocketSettings.NewIpc();
        socket.SendBufferSize = SystemBuffer;
        socket.Connect(address);
        var peer = listener.Accept();
        peer.ReceiveBufferSize = SystemBuffer;
        return (socket, peer);
    }
}
