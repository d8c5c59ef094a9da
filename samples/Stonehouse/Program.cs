// The Stonehouse Pattern
//
// Any client may connect, but clients know for certain whom they talk to, and nobody can read or change what is said.

using Microsoft.Extensions.Logging;
using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Zap;

using var tooLate = new CancellationTokenSource(TimeSpan.FromSeconds(10));
using var log = LoggerFactory.Create(builder => builder.AddSimpleConsole(console => console.SingleLine = true));
await using var context = new ZmtpContext(new() { LoggerFactory = log });

// Letting any key in is a choice that has to be made by name. Verbose: the context's log shows who came in, by key.
using var authenticator = new Authenticator { Verbose = true };
authenticator.Allow("127.0.0.1");
authenticator.ConfigureCurve("*", CurveClients.AllowAny);
context.Use(authenticator);

// A certificate is a key pair. The client must know the server's public key; here both live in memory.
using var serverCertificate = Certificate.Generate();
using var clientCertificate = Certificate.Generate();

await using var server = new PushSocket(context, new() { Security = CurveSecurity.Server(serverCertificate) });
var endpoint = await server.BindAsync("tcp://127.0.0.1:*");

await using var client = new PullSocket(
    context, new() { Security = CurveSecurity.Client(clientCertificate, serverCertificate.PublicKey) });
await client.ConnectAsync(endpoint);

await server.SendAsync("Hello", tooLate.Token);
using var message = await client.ReceiveAsync(tooLate.Token);
Console.WriteLine($"The client received \"{message.AsString()}\", encrypted with {message.Peer!.Mechanism}");

if (message.AsString() != "Hello") return 1;
Console.WriteLine("Stonehouse test OK");
return 0;
