using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Zmtp.Transports;
using Zmtp.Wire;

namespace Zmtp.Engine;

/// <summary>
/// Our greeting in two parts, for a peer that hung up on the whole of it: libzmq does so as soon as it has read a mechanism that is not its own, before it
/// has sent the end of its own greeting, or anything at all. The mechanism is held back until the peer's is known.
/// </summary>
internal static class HeldGreeting
{
    /// <summary>
    /// What a peer has to see of our greeting before it sends all of its own: signature, major and minor version (RFC 23, "Version Negotiation").
    /// </summary>
    public const int VersionedLength = Greeting.SignatureLength + 1 + 1;

    /// <summary>A peer that speaks ZMTP answers the first part at once. One that waits for the second gets it then.</summary>
    public static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Sends the first part, and the second when the peer's greeting is whole, also where its mechanism is another: a peer that has read a whole greeting
    /// sends one; or else after <see cref="LongestHold"/>. If the peer hangs up instead the second part stays here. What the peer has sent is still to be
    /// read.
    /// </summary>
    /// <param name="machine">Looks at what comes.</param>
    /// <param name="output">All of ours; empty then.</param>
    /// <param name="transport">The connection.</param>
    /// <param name="options">Have the clock.</param>
    /// <param name="stop">Ends the handshake.</param>
    /// <exception cref="ZmtpProtocolException">What comes is no greeting that is accepted.</exception>
    public static async Task ExchangeAsync(
        HandshakeMachine machine,
        ArrayBufferWriter<byte> output,
        TransportConnection transport,
        ConnectionOptions options,
        CancellationToken stop)
    {
        var greeting = output.WrittenMemory;
        await transport.Output.WriteAsync(greeting[..VersionedLength], stop).ConfigureAwait(false);
        if (await MayGoOnAsync(machine, transport.Input, options, stop).ConfigureAwait(false))
        {
            await SendRestAsync(greeting[VersionedLength..], transport, stop).ConfigureAwait(false);
        }

        output.Clear();
    }

    private static async Task SendRestAsync(ReadOnlyMemory<byte> rest, TransportConnection transport, CancellationToken stop)
    {
        try
        {
            await transport.Output.WriteAsync(rest, stop).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException || SocketFaults.IsHangUp(e))
        {
            // The peer has left, and its greeting, which is here, may say why. The next read finds both.
        }
    }

    private static async Task<bool> MayGoOnAsync(
        HandshakeMachine machine, PipeReader input, ConnectionOptions options, CancellationToken stop)
    {
        using var hold = new TimeLimit(LongestHold, options);
        using var stopped = stop.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), hold);
        try
        {
            return await SeesGreetingAsync(machine, input, hold.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (hold.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            return true;
        }
    }

    private static async Task<bool> SeesGreetingAsync(HandshakeMachine machine, PipeReader input, CancellationToken stop)
    {
        while (true)
        {
            var result = await input.ReadAsync(stop).ConfigureAwait(false);
            var isOver = true;
            try
            {
                var isWhole = Sees(machine, result.Buffer);
                isOver = isWhole || result.IsCompleted;
                if (isOver) return isWhole;
            }
            finally
            {
                // What has not been examined is there at the next read, which so does not wait for more.
                input.AdvanceTo(result.Buffer.Start, isOver ? result.Buffer.Start : result.Buffer.End);
            }
        }
    }

    /// <summary>Not a copy of more than the greeting: behind it there may be a password.</summary>
    private static bool Sees(HandshakeMachine machine, ReadOnlySequence<byte> received)
    {
        Span<byte> copy = stackalloc byte[Greeting.Length];
        var first = received.Slice(0, Math.Min(received.Length, copy.Length));
        first.CopyTo(copy);
        return machine.SeesGreeting(copy[..(int)first.Length]);
    }
}
