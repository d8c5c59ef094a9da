// The Grasslands Pattern
//
// The classic ZeroMQ model: plain text, no protection at all, everybody may connect.

using Zmtp.Sockets;

using var tooLate = new CancellationTokenSource(TimeSpan.FromSeconds(10));
await using var context = new ZmtpContext();

// The server binds; the wildcard port comes back as a real one.
await using var server = new PushSocket(context);
var endpoint = await server.BindAsync("tcp://127.0.0.1:*");
Console.WriteLine($"The server listens at {endpoint}");

// The client connects. This returns at once; the connection comes up in the background.
await using var client = new PullSocket(context);
await client.ConnectAsync(endpoint);

// One message from server to client.
await server.SendAsync("Hello", tooLate.Token);
using var message = await client.ReceiveAsync(tooLate.Token);
Console.WriteLine($"The client received \"{message.AsString()}\" from {message.Peer}");

if (message.AsString() != "Hello") return 1;
Console.WriteLine("Grasslands test OK");
return 0;
