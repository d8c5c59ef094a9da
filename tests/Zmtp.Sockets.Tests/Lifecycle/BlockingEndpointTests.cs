using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>Endpoints that are made and ended by calls that block.</summary>
public class BlockingEndpointTests
{
    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task UnbindAndDisconnect_Blocking_EndTheEndpoint(string transport)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);
        await Blocking.RunAsync(() =>
        {
            var endpoint = pull.Bind(Join.Fresh(transport));
            push.Connect(endpoint);

            push.Disconnect(endpoint);
            pull.Unbind(endpoint);

            Assert.Throws<ArgumentException>(() => push.Disconnect(endpoint));
            Assert.Throws<ArgumentException>(() => pull.Unbind(endpoint));
            Assert.Empty(pull.BoundEndpoints);
        }).WithinAsync();
    }
}
