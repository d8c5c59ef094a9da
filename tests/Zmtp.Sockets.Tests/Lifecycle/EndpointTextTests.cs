using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>An endpoint is ended by any text that means it, not only by that of its canonical form.</summary>
public class EndpointTextTests
{
    [Fact]
    public async Task Disconnect_TextThatWasConnected_IsFoundAlthoughItIsNotCanonical()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Sut.Quick);
        push.Connect("TCP://127.0.0.1:1");

        await push.DisconnectAsync("TCP://127.0.0.1:1").WithinAsync();

        await Assert.ThrowsAsync<ArgumentException>(async () => await push.DisconnectAsync("tcp://127.0.0.1:1"));
    }

    [Fact]
    public async Task Unbind_TextThatIsNotCanonical_IsFound()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");

        await pull.UnbindAsync(endpoint.Replace("tcp", "TCP", StringComparison.Ordinal)).WithinAsync();

        Assert.Empty(pull.BoundEndpoints);
    }

    [Fact]
    public async Task Disconnect_EndpointThatWasGivenUp_IsFoundByTheTextThatWasConnected()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Sut.Quick);
        await using var wrong = new PubSocket(context, Sut.Quick);
        await wrong.BindAsync("inproc://given-up");
        push.Connect("INPROC://given-up");

        await push.DisconnectAsync("INPROC://given-up").WithinAsync();
    }

    [Fact]
    public async Task DisconnectAndUnbind_TextThatIsNoEndpoint_AreArgumentErrors()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Sut.Quick);

        await Assert.ThrowsAsync<ArgumentException>(async () => await push.DisconnectAsync("nowhere"));
        await Assert.ThrowsAsync<ArgumentException>(async () => await push.UnbindAsync("nowhere"));
    }
}
