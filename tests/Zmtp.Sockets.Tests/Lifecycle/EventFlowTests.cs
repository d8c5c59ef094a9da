using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>The task of the events lives as long as the socket: what flows with the first subscriber's call is not kept by it.</summary>
public class EventFlowTests
{
    private readonly AsyncLocal<string?> _flowing = new();

    [Fact]
    public async Task EVENT_SubscriberHasSomethingThatFlows_HandlersDoNotRunInIt()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        var seen = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _flowing.Value = "the subscriber's";
        pull.Event += (_, _) => seen.TrySetResult(_flowing.Value);
        _flowing.Value = null;

        await pull.BindAsync(Join.Fresh("inproc"));

        Assert.Null(await seen.Task.WithinAsync());
    }
}
