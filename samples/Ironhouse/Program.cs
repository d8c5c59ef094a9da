// The Ironhouse Pattern
//
// Encryption, and only clients whose certificates are in the store. Security does not get stronger than this: an attacker has
// to break into one of the two machines. The article's server pushes; this one pulls, to show who each message comes from.

using Microsoft.Extensions.Logging;
using Zmtp;
using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Zap;

using var tooLate = new CancellationTokenSource(TimeSpan.FromSeconds(10));
using var log = LoggerFactory.Create(builder => builder.AddSimpleConsole(console => console.SingleLine = true));
var store = Directory.CreateTempSubdirectory("ironhouse");
try
{
    await using var context = new ZmtpContext(new() { LoggerFactory = log });

    // A certificate for the client. Its public half goes into the store; in practice this is done by hand, over a safe route.
    using var clientCertificate = Certificate.Generate();
    clientCertificate.Metadata["name"] = "Client test certificate";
    clientCertificate.SavePublic(Path.Combine(store.FullName, "testcert.pub"));

    // The store is a directory: copy certificates in to let clients in, remove them to keep clients out. The server needs no restart. A client
    // that was refused before has given up, says so with ConnectStopped, and comes in once it calls Connect again.
    using var authenticator = new Authenticator();
    authenticator.Allow("127.0.0.1");
    authenticator.ConfigureCurve("*", store.FullName);
    context.Use(authenticator);

    using var serverCertificate = Certificate.Generate();
    await using var server = new PullSocket(context, new() { Security = CurveSecurity.Server(serverCertificate) });
    var endpoint = await server.BindAsync("tcp://127.0.0.1:*");

    await using var client = new PushSocket(
        context, new() { Security = CurveSecurity.Client(clientCertificate, serverCertificate.PublicKey) });
    await client.ConnectAsync(endpoint);
    await client.SendAsync("Hello", tooLate.Token);

    // The server knows who spoke: the user id is the client's public key, and the certificate's metadata come along.
    using var message = await server.ReceiveAsync(tooLate.Token);
    Console.WriteLine($"The server received \"{message.AsString()}\" from {message.UserId} ({message.Peer!.VerifiedMetadata.GetText("name")})");
    if (message.AsString() != "Hello" || message.UserId != clientCertificate.PublicKey.ToString()) return 1;

    // Somebody with a certificate of his own making, and the reason he is given.
    using var forged = Certificate.Generate();
    await using var stranger = new PushSocket(context, new() { Security = CurveSecurity.Client(forged, serverCertificate.PublicKey) });
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

    Console.WriteLine("Ironhouse test OK");
    return 0;
}
finally
{
    // Everything above is disposed of by then, the last made first: the sockets before the authenticator that they ask.
    store.Delete(recursive: true);
}
