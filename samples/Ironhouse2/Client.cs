using Zmtp;
using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Zap;

namespace Ironhouse2;

/// <summary>The client: its own context, its own certificate, and the public half of the server's.</summary>
internal static class Client
{
    public static async Task<bool> RunAsync(string directory, string endpoint, CancellationToken tooLate)
    {
        try
        {
            using var certificate = Certificate.Load(Enrolment.ClientFile(directory));
            using var server = Certificate.LoadPublic(Enrolment.ServerFile(directory));
            await using var context = new ZmtpContext();
            await using var socket = new PullSocket(context, new() { Security = CurveSecurity.Client(certificate, server.PublicKey) });

            // Not needed to receive, but it says why when there is nothing to receive from. It begins before the server can have come, sent and left.
            var arrival = socket.WaitForPeerAsync(TimeSpan.FromSeconds(5), tooLate);
            await socket.ConnectAsync(endpoint, tooLate);
            var peer = await arrival;
            Console.WriteLine($"Client: connected to the {peer}");

            using var message = await socket.ReceiveAsync(tooLate);
            Console.WriteLine($"Client: received \"{message.AsString()}\"");
            return message.AsString() == "Hello";
        }
        catch (ZmtpAuthenticationException refusal)
        {
            Console.Error.WriteLine($"Client: the server refused us with {(int)refusal.Status}. Is our certificate in its store?");
        }
        catch (Exception e)
        {
            // Whatever it is, a file without a secret key as well as a server that is away: its message says what to check.
            Console.Error.WriteLine($"Client: {e.Message}");
        }

        return false;
    }
}
