using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Cli.Tests;

/// <summary>Messages of a size that is permitted, and that not everything in .NET takes in one piece.</summary>
[Collection(AloneCollection.Name)]
public sealed class LargeMessageTests
{
    /// <summary>Its digits are more than the longest value of JSON that .NET writes in one piece.</summary>
    private const int ManyOctets = 84 * 1024 * 1024;

    [Fact]
    public async Task Recv_JsonOfALargeMessage_ShowsItAndWhatFollows()
    {
        var output = new CountingStream();
        await using var recv = Cli.Start(new TestConsole(output), "recv", "--bind", "tcp://127.0.0.1:*", "--count", "2", "--json");
        await using var context = Searched.NewContext();
        await using var push = new PushSocket(context);
        push.Connect(await recv.EndpointAsync());
        var octets = new byte[ManyOctets];
        octets.AsSpan().Fill(0xFF);
        await push.SendAsync(Message.Of([octets])).AsTask().WithinAsync();
        await push.SendAsync("small").AsTask().WithinAsync();

        Assert.Equal(ExitCode.Success, await recv.EndAsync());
        Assert.Equal(2, output.Lines);
        Assert.InRange(output.Octets, 2L * ManyOctets, (2L * ManyOctets) + 1000);
    }
}
