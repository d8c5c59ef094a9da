using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>
/// What flows with the application's calls (an activity, a scope of its log) stays with them: what goes on in the background for as long as an
/// endpoint is there keeps nothing of it.
/// </summary>
public class FlowTests
{
    private readonly AsyncLocal<string?> _flowing = new();

    [Theory]
    [InlineData("tcp", false)]
    [InlineData("tcp", true)]
    [InlineData("mem", false)]
    public async Task CONNECT_CallerHasSomethingThatFlows_TheLoopDoesNotKeepIt(string transport, bool isSuppressed)
    {
        using var log = new FlowLog(_flowing);
        await using var context = NewContext(log);
        await using var listener = RawListener.Reserve();
        var endpoint = transport == "tcp" ? listener.Endpoint : "mem://nobody";

        // The first one of a process may take another way.
        for (var i = 0; i < 2; i++)
        {
            await using var push = new PushSocket(context, Sut.Quick);
            var events = new EventLog(push);
            As("the caller's", () => push.Connect(endpoint), isSuppressed);
            for (var attempt = 0; attempt < 3; attempt++) await events.NextAsync(SocketEventKind.ConnectRetried);
        }

        Assert.Equal([null], log.SeenAt(SocketEventKind.ConnectRetried));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BIND_CallerHasSomethingThatFlows_TheLoopDoesNotKeepIt(bool isSuppressed)
    {
        using var log = new FlowLog(_flowing);
        await using var context = NewContext(log);
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        var endpoint = "";
        As("the caller's", () => endpoint = pull.Bind("tcp://127.0.0.1:*"), isSuppressed);

        await using var raw = await RawPeer.ConnectAsync(endpoint);
        await raw.SendAsync(new byte[64]);
        await events.NextAsync(SocketEventKind.HandshakeFailed);

        Assert.Equal([null], log.SeenAt(SocketEventKind.Accepted));
        Assert.Equal([null], log.SeenAt(SocketEventKind.HandshakeFailed));
    }

    private static ZmtpContext NewContext(FlowLog log) =>
        Join.NewContext(new ZmtpContextOptions { LoggerFactory = log, Transports = [.. new ZmtpContextOptions().Transports, InMemoryTransport.Instance] });

    /// <summary>Calls with a value that flows. What flows here stays as it was.</summary>
    private void As(string value, Action call, bool isSuppressed)
    {
        _flowing.Value = value;
        try
        {
            if (isSuppressed)
            {
                using (ExecutionContext.SuppressFlow()) call();
            }
            else
            {
                call();
            }

            Assert.Equal(value, _flowing.Value);
        }
        finally
        {
            _flowing.Value = null;
        }
    }

    /// <summary>Keeps what flows with whoever has a line to write.</summary>
    private sealed class FlowLog(AsyncLocal<string?> flowing) : SoleLogger
    {
        private readonly ConcurrentQueue<(string Line, string? Flowing)> _lines = new();

        /// <summary>The different values that were there at lines of a kind.</summary>
        public IEnumerable<string?> SeenAt(SocketEventKind kind) =>
            _lines.Where(line => line.Line.Contains($"{kind}", StringComparison.Ordinal)).Select(static line => line.Flowing).Distinct();

        public override void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue((formatter(state, exception), flowing.Value));
    }
}
