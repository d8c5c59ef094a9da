using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing.Searching;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Diagnostics;

/// <summary>One end of a connection that is to be refused: its context, socket, events and log.</summary>
internal sealed class Side : IAsyncDisposable
{
    private readonly SocketEvents _events;

    public Side(SocketType type, SocketOptions options, TimeProvider? time = null)
    {
        Context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = Log, Time = time ?? TimeProvider.System });
        Socket = Sut.Socket(Context, type, options);
        _events = new SocketEvents(Socket);
    }

    public LogRecords Log { get; } = new();

    public ZmtpContext Context { get; }

    public ZmtpSocket Socket { get; }

    /// <summary>Waits for the event that says why.</summary>
    public Task<SocketEvent> FailsAsync(SocketEventKind kind) => _events.NextAsync(kind);

    /// <summary>Ends this side, and checks that the event it had is the only one that speaks of a failure, and so is its line.</summary>
    public async Task ExpectAloneAsync(SocketEvent refusal)
    {
        await Context.DisposeAsync().WithinAsync();
        var reason = Assert.IsAssignableFrom<ZmtpException>(refusal.Error).Message;
        var failures = _events.Drain().Where(one => one.Error is not null && one.Kind != SocketEventKind.ConnectStopped);
        Assert.Equal([refusal], failures);
        var warnings = Log.All.Where(line => line.Level == Microsoft.Extensions.Logging.LogLevel.Warning).ToArray();
        Assert.True(warnings.Length == 1, $"These lines were written:\n{string.Join('\n', Log.All)}");
        Assert.Contains(reason, warnings[0].Text, StringComparison.Ordinal);
        Assert.Contains(refusal.Endpoint, warnings[0].Text, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _events.Dispose();
        await Context.DisposeAsync();
    }
}
