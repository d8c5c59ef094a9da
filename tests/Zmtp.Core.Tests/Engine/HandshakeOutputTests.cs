using System.IO.Pipelines;
using System.Runtime.InteropServices;
using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Core.Tests.Engine;

/// <summary>The buffer in which a handshake lies until it is sent.</summary>
public class HandshakeOutputTests
{
    /// <summary>What a client was about to send when its handshake failed.</summary>
    [Theory]
    [InlineData("that cannot be sent", false)]
    [InlineData("that is not sent any more", true)]
    public async Task Connecting_HelloWithAPassword_NothingOfItIsLeftInTheSendBuffer(string what, bool hasPeerErred)
    {
        var (client, server) = InMemoryConnection.CreatePair();
        await using var there = server;
        var writer = new KeepingWriter();
        await using var here = new FaultyConnection(client) { OtherOutput = writer };
        await server.Output.WriteAsync(hasPeerErred ? [.. Octets.Greeting31("PLAIN"), 0, 0] : Octets.Greeting31("PLAIN"));
        var options = new ConnectionOptions
        {
            SocketType = SocketType.Pull,
            Security = PlainSecurity.Client("joe", "my password"),
            LocalMetadata = HandshakeContexts.Metadata(SocketType.Pull),
        };

        await Assert.ThrowsAnyAsync<Exception>(
            () => HandshakeDriver.RunAsync(here, options, isConnecting: true, null, TestTimeout.Token).WithinAsync());

        Assert.Equal(!hasPeerErred, writer.HasSeenHello);
        Assert.True(writer.Buffer.AsSpan().IndexOf("my passwor"u8) < 0, $"The password of a HELLO {what} is still there.");
    }

    /// <summary>Takes a greeting and nothing else. What it is given lies in one array from first to last, which it keeps.</summary>
    private sealed class KeepingWriter : RecordingWriter
    {
        public byte[] Buffer { get; private set; } = [];

        public bool HasSeenHello { get; private set; }

        public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
        {
            Assert.True(MemoryMarshal.TryGetArray(source, out var array));
            if (Buffer.Length == 0)
            {
                Buffer = array.Array!;
                return default;
            }

            HasSeenHello = source.Span.IndexOf("my password"u8) >= 0;
            Assert.Same(Buffer, array.Array);
            return ValueTask.FromException<FlushResult>(new IOException("The peer has left."));
        }
    }
}
