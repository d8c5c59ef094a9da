// snippet: readme-server
using Microsoft.Extensions.Logging;
using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Zap;

// end
namespace Guides.Snippets;

/// <summary>The server of the README: compiled only, because it has a port and files of its own. The houses run what it is made of.</summary>
public static class ReadmeServer
{
    public static async Task RunAsync()
    {
        // snippet: readme-server
        using var log = LoggerFactory.Create(builder => builder.AddConsole());     // package Microsoft.Extensions.Logging.Console
        await using var context = new ZmtpContext(new() { LoggerFactory = log });  // says who was refused, and what to check

        using var authenticator = new Authenticator();
        authenticator.ConfigureCurve("*", "clients");           // a directory of client certificates; follows its changes
        context.Use(authenticator);

        using var serverCertificate = Certificate.Load("server.txt");
        await using var server = new PullSocket(context, new() { Security = CurveSecurity.Server(serverCertificate) });
        await server.BindAsync("tcp://*:5555");                 // on all addresses of this machine

        await foreach (var message in server)
        {
            using (message) Console.WriteLine($"{message.UserId}: {message.AsString()}");
        }
        // end
    }
}
