using Xunit;
using Xunit.Sdk;
using Zmtp.Testing.Steady;

namespace Zmtp.Sockets.Tests.Steady;

/// <summary>What the tests of allocations would not notice, nobody would.</summary>
[Collection("allocation")]
public class SteadyStateTests
{
    private const int Messages = 4;

    private byte[] _body = [];

    [Fact]
    public async Task STEADYSTATE_NothingIsAllocated_Passes() => await ExpectAsync(every: int.MaxValue);

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(5 * Messages)]
    public async Task STEADYSTATE_SomeMessagesAllocateTheirBodies_Fails(int every)
    {
        var error = await Assert.ThrowsAnyAsync<XunitException>(() => ExpectAsync(every));
        Assert.Contains("bodies, octets for 4 messages each", error.Message, StringComparison.Ordinal);
    }

    private Task ExpectAsync(int every)
    {
        var count = 0;
        return SteadyState.ExpectNothingAllocatedAsync("bodies", Messages, windows =>
        {
            for (var i = 0; i < windows.Messages; i++)
            {
                if (++count % every == 0) _body = new byte[1024 * 1024];
                windows.OnMessage();
            }

            return Task.CompletedTask;
        });
    }
}
