using Xunit;
using Zmtp;
// snippet: metadata
using Zmtp.Security;
// end
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Guides.Snippets;

/// <summary>What a peer says of itself.</summary>
public sealed class MetadataSnippets
{
    [Fact]
    public async Task Metadata()
    {
        await using var context = Searched.NewContext();
        await using var server = new PullSocket(context);
        var endpoint = await server.BindAsync("tcp://127.0.0.1:*");

        // snippet: metadata
        await using var client = new PushSocket(context, new() { Metadata = ZmtpMetadata.OfText(("X-Host", "pc-7"), ("X-Team", "blue")) });
        client.Connect(endpoint);
        await client.SendAsync("hello");

        using var message = await server.ReceiveAsync();
        var team = message.Peer!.Metadata.GetText("X-Team"); // "blue"; null if it says nothing of the kind
        // end

        Assert.Equal("blue", team);
    }
}
