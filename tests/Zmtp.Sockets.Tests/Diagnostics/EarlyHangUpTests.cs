using Xunit;
using Zmtp.Sockets.Tests.Support;

namespace Zmtp.Sockets.Tests.Diagnostics;

/// <summary>A peer that hangs up right after the handshake says nothing; what may be the matter, its other end has to say.</summary>
public class EarlyHangUpTests
{
    [Fact]
    public async Task DISCONNECTED_MessageThatIsTooLongForThePeer_IsAmongTheCauses()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, new() { MaxMessageSize = 10 });
        await using var push = new PushSocket(context, Sut.Quick);
        var events = new EventLog(push);
        push.Connect(await pull.BindAsync("tcp://127.0.0.1:*"));
        await push.SendAsync(new byte[11]);

        var error = (await events.NextAsync(SocketEventKind.Disconnected)).Error!;

        Assert.Contains("no message is longer than it takes (its MaxMessageSize or MAXMSGSIZE)", error.Message, StringComparison.Ordinal);
        Assert.Contains("RoutingId", error.Message, StringComparison.Ordinal);
    }
}
