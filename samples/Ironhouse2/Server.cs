using Zmtp;
using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Zap;

namespace Ironhouse2;

/// <summary>The server: its own context, its own certificate, a store of the clients it knows.</summary>
internal static class Server
{
    public static async Task<bool> RunAsync(string directory, TaskCompletionSource<string?> endpoint, CancellationToken tooLate)
    {
        try
        {
            await using var context = new ZmtpContext();
            using var authenticator = new Authenticator();
            authenticator.Allow("127.0.0.1");
            authenticator.ConfigureCurve("*", Enrolment.Store(directory));
            context.Use(authenticator);

            using var certificate = Certificate.Load(Enrolment.ServerFile(directory));
            await using var socket = new PushSocket(context, new() { Security = CurveSecurity.Server(certificate) });

            // Who is turned away, and why, is worth a line wherever the server runs.
            socket.Event += static (_, happened) =>
            {
                if (happened.Kind == SocketEventKind.HandshakeFailed) Console.Error.WriteLine($"Server: {happened}");
            };

            var arrival = socket.WaitForPeerAsync(Timeout.InfiniteTimeSpan, tooLate);
            endpoint.SetResult(await socket.BindAsync("tcp://127.0.0.1:*", tooLate));

            // And so is who was let in: the name is in the certificate that the store has of this client.
            var peer = await arrival;
            Console.WriteLine($"Server: let in {peer.VerifiedMetadata.GetText("name")}");

            await socket.SendAsync("Hello", tooLate);
            Console.WriteLine("Server: the message is on its way");

            // Disposing the socket gives the message its linger: it has time to be delivered.
            return true;
        }
        catch (Exception e)
        {
            // Whatever it is: told here, and who waits for the endpoint is not kept waiting.
            Console.Error.WriteLine($"Server: {e.Message}");
            endpoint.TrySetResult(null);
            return false;
        }
    }
}
