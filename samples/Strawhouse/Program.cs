// The Strawhouse Pattern
//
// Plain text, with a look at the address. It keeps accidents out, not an attacker.

using Microsoft.Extensions.Logging;
using Zmtp;
using Zmtp.Sockets;
using Zmtp.Zap;

using var tooLate = new CancellationTokenSource(TimeSpan.FromSeconds(10));
using var log = LoggerFactory.Create(builder => builder.AddSimpleConsole(console => console.SingleLine = true));
await using var context = new ZmtpContext(new() { LoggerFactory = log });

// The authenticator answers for every server of this context. Verbose: the context's log shows whom it lets in and whom not, and why.
using var authenticator = new Authenticator { Verbose = true };
authenticator.Allow("127.0.0.1");
context.Use(authenticator);

// Under NULL a domain is what makes a socket ask the authenticator. It listens on all addresses of this machine: at 127.0.0.1 alone nobody from
// another address would come to be refused. What comes back is how this machine itself reaches it.
await using var server = new PushSocket(context, new() { ZapDomain = "global" });
var endpoint = await server.BindAsync("tcp://*:*");

await using var client = new PullSocket(context);
await client.ConnectAsync(endpoint);
await server.SendAsync("Hello", tooLate.Token);
using var message = await client.ReceiveAsync(tooLate.Token);
Console.WriteLine($"The client received \"{message.AsString()}\"");
if (message.AsString() != "Hello") return 1;

// From now on the address is denied. Who came in by it is disconnected, unless AuthenticatorOptions.EndsRevokedPeers is off.
var revoked = new TaskCompletionSource<ZmtpRevokedException>();
server.Event += (_, happened) =>
{
    if (happened.Error is ZmtpRevokedException error) revoked.TrySetResult(error);
};
authenticator.Deny("127.0.0.1");
Console.WriteLine($"The client was sent away: {(await revoked.Task.WaitAsync(tooLate.Token)).Message}");

// A newcomer is told to go.
await using var stranger = new PullSocket(context);
await stranger.ConnectAsync(endpoint);
try
{
    await stranger.WaitForPeerAsync(TimeSpan.FromSeconds(5));
    return 1;
}
catch (ZmtpAuthenticationException refusal)
{
    Console.WriteLine($"The stranger was refused with {(int)refusal.Status}: {refusal.Message}");
}

Console.WriteLine("Strawhouse test OK");
return 0;
