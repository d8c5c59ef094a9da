using System.Text;
using Xunit.Sdk;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>Receiving with a bound on every wait.</summary>
internal static class ReceiveExtensions
{
    /// <summary>The frames of the next message.</summary>
    public static async Task<byte[][]> NextFramesAsync(this ZmtpSocket socket)
    {
        using var message = await Next(socket, CancellationToken.None).WithinAsync();
        var frames = new byte[message.FrameCount][];
        for (var i = 0; i < frames.Length; i++) frames[i] = message.ToArray(i);
        return frames;
    }

    /// <summary>The frames of the next message as text, with commas between: "A,B".</summary>
    public static async Task<string> NextAsync(this ZmtpSocket socket) =>
        string.Join(",", (await socket.NextFramesAsync()).Select(Encoding.UTF8.GetString));

    /// <summary>NOMSG: watches for <paramref name="milliseconds"/>, in which nothing may be received.</summary>
    public static async Task ExpectNoMessageAsync(this ZmtpSocket socket, int milliseconds = 200)
    {
        using var until = new CancellationTokenSource(milliseconds);
        try
        {
            using var message = await Next(socket, until.Token);
            throw new XunitException($"Expected no message, received {message}, first frame \"{message.AsString()}\".");
        }
        catch (OperationCanceledException) when (until.IsCancellationRequested)
        {
        }
    }

    private static ValueTask<Message> Next(ZmtpSocket socket, CancellationToken cancellationToken) => socket is IReceivingSocket receiving
        ? receiving.ReceiveAsync(cancellationToken)
        : throw new InvalidOperationException($"{socket.Type} does not receive.");
}
