// The Woodhouse Pattern
//
// User name and password, in plain text. It may keep some people out, but who listens on the wire can come in as anybody.

using Microsoft.Extensions.Logging;
using Zmtp;
using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Zap;

using var tooLate = new CancellationTokenSource(TimeSpan.FromSeconds(10));
using var log = LoggerFactory.Create(builder => builder.AddSimpleConsole(console => console.SingleLine = true));
var directory = Directory.CreateTempSubdirectory("woodhouse");
try
{
    await using var context = new ZmtpContext(new() { LoggerFactory = log });

    // The password file has one name=password a line and is read again when it changes.
    var passwords = Path.Combine(directory.FullName, "passwords");
    using (var users = PasswordFileEditor.Open(passwords))
    {
        users.SetClearText("admin", "secret");
        users.SetClearText("guest", "guest");
        users.Save(); // with mode 0600: passwords in clear text are for the server's eyes only
    }

    // Verbose: the context's log shows whom it lets in and whom not, and why. No password is ever in it.
    using var authenticator = new Authenticator { Verbose = true };
    authenticator.Allow("127.0.0.1");
    authenticator.ConfigurePlain("*", passwords);
    context.Use(authenticator);

    await using var server = new PushSocket(context, new() { Security = PlainSecurity.Server() });
    var endpoint = await server.BindAsync("tcp://127.0.0.1:*");

    await using var client = new PullSocket(context, new() { Security = PlainSecurity.Client("admin", "secret") });
    await client.ConnectAsync(endpoint);
    await server.SendAsync("Hello", tooLate.Token);
    using var message = await client.ReceiveAsync(tooLate.Token);
    Console.WriteLine($"The client received \"{message.AsString()}\"");
    if (message.AsString() != "Hello") return 1;

    // A wrong password, and the reason the client is given.
    await using var stranger = new PullSocket(context, new() { Security = PlainSecurity.Client("admin", "guess") });
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

    Console.WriteLine("Woodhouse test OK");
    return 0;
}
finally
{
    // Everything above is disposed of by then, the last made first: the sockets before the authenticator that they ask.
    directory.Delete(recursive: true);
}
