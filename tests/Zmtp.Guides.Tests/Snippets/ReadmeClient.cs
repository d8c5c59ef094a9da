// snippet: readme-client
using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Zap;

// end
namespace Guides.Snippets;

/// <summary>The client of the README: compiled only, as its server.</summary>
public static class ReadmeClient
{
    public static async Task RunAsync()
    {
        // snippet: readme-client
        using var clientCertificate = Certificate.Load("ann.txt");
        using var serverCertificate = Certificate.LoadPublic("server.txt");

        await using var context = new ZmtpContext();
        await using var client = new PushSocket(context, new()
        {
            Security = CurveSecurity.Client(clientCertificate, serverCertificate.PublicKey),
        });

        await client.ConnectAsync("tcp://server:5555");         // returns at once, retries in the background
        await client.WaitForPeerAsync(TimeSpan.FromSeconds(5)); // optional: connected now, or an exception: why not, if that is known
        await client.SendAsync("Hello");                        // at the end it has 1 s (Linger) to leave, then it is dropped; CloseAsync tells
        // end
    }
}
