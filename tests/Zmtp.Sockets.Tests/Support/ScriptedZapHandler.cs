using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>
/// A ZAP handler of the application's own (RFC 27), on a REP or a ROUTER socket, that answers as the test says. It knows nothing
/// of ZAP but where the delimiter stands.
/// </summary>
internal sealed class ScriptedZapHandler : IAsyncDisposable
{
    private readonly ZmtpSocket _socket;
    private readonly Func<byte[][], Task<byte[][]?>> _answer;
    private readonly Channel<byte[][]> _received = Channel.CreateUnbounded<byte[][]>();
    private readonly ConcurrentQueue<Task> _answering = new();
    private Task _serving = Task.CompletedTask;
    private int _count;

    private ScriptedZapHandler(ZmtpSocket socket, Func<byte[][], Task<byte[][]?>> answer)
    {
        _socket = socket;
        _answer = answer;
    }

    /// <summary>How many requests have come.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>
    /// On a REP: <paramref name="answer"/> gets all frames of the request and gives all frames of the reply, or null for no reply.
    /// </summary>
    public static Task<ScriptedZapHandler> OnRepAsync(
        ZmtpContext context, Func<byte[][], byte[][]?> answer, string endpoint = "inproc://zeromq.zap.01") =>
        StartAsync(new RepSocket(context, Sut.Quick), request => Task.FromResult(answer(request)), endpoint);

    /// <summary>On a ROUTER: the frames of request and reply begin with routing ids and the delimiter.</summary>
    public static Task<ScriptedZapHandler> OnRouterAsync(ZmtpContext context, Func<byte[][], byte[][]?> answer) =>
        OnRouterAsync(context, request => Task.FromResult(answer(request)));

    /// <summary>On a ROUTER: the frames of request and reply begin with routing ids and the delimiter.</summary>
    public static Task<ScriptedZapHandler> OnRouterAsync(ZmtpContext context, Func<byte[][], Task<byte[][]?>> answer) =>
        StartAsync(new RouterSocket(context, Sut.Quick), answer, "inproc://zeromq.zap.01");

    /// <summary>The next request as the socket received it.</summary>
    public Task<byte[][]> NextAsync() => _received.Reader.ReadAsync(TestTimeout.Token).AsTask();

    /// <summary>The reply of RFC 27 to the frames behind the delimiter: version, request id, status, text, user id, metadata.</summary>
    public static byte[][] Reply(byte[][] request, string status, string userId = "", byte[]? metadata = null) =>
        [Text("1.0"), request[1], Text(status), Text("because"), Text(userId), metadata ?? []];

    /// <summary>Applies an answer to what is behind the delimiter of a ROUTER's message and puts its head in front again.</summary>
    public static Func<byte[][], byte[][]?> Wrapped(Func<byte[][], byte[][]> answer) => request =>
    {
        var body = Array.FindIndex(request, frame => frame.Length == 0) + 1;
        return [.. request[..body], .. answer(request[body..])];
    };

    public async ValueTask DisposeAsync()
    {
        await _socket.DisposeAsync();
        await _serving.WithinAsync();
        await Task.WhenAll(_answering).WithinAsync();
    }

    private static byte[] Text(string text) => Encoding.ASCII.GetBytes(text);

    private static async Task<ScriptedZapHandler> StartAsync(ZmtpSocket socket, Func<byte[][], Task<byte[][]?>> answer, string endpoint)
    {
        var handler = new ScriptedZapHandler(socket, answer);
        await socket.BindAsync(endpoint);
        handler._serving = Task.Run(handler.ServeAsync);
        return handler;
    }

    private async Task ServeAsync()
    {
        var duplex = (DuplexSocket)_socket;
        try
        {
            while (true)
            {
                using var message = await duplex.ReceiveAsync();
                var request = new byte[message.FrameCount][];
                for (var i = 0; i < request.Length; i++) request[i] = message.ToArray(i);
                Interlocked.Increment(ref _count);
                _received.Writer.TryWrite(request);
                _answering.Enqueue(AnswerAsync(duplex, request));
            }
        }
        catch (ObjectDisposedException)
        {
            // The test is over, or the handler is meant to vanish.
        }
    }

    private async Task AnswerAsync(DuplexSocket duplex, byte[][] request)
    {
        if (await _answer(request) is not { } reply) return;
        try
        {
            await duplex.SendAsync(Message.Of([.. reply.Select(frame => (ReadOnlyMemory<byte>)frame)]));
        }
        catch (ObjectDisposedException)
        {
            // As above.
        }
    }
}
