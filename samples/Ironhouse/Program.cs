// The Ironhouse Pattern
//
// Encryption, and only clients whose certificates are in the store. Security does not get stronger than this: an attacker has
// to break into one of the two machines.

using Microsoft.Extensions.Logging;
using Zmtp;
using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Zap;

using var tooLate = new CancellationTokenSource(TimeSpan.FromSeconds(10));
using var log = LoggerFactory.Create(builder => builder.AddSimpleConsole(console => console.SingleLine = true));
var directory = Directory.CreateTempSubdirectory("ironhouse");
try
{
    await using var context = new ZmtpContext(new() { LoggerFactory = log });

    // The store is a directory: copy certificates in to let clients in, remove them to keep clients out. The server needs no restart. Verbose: the
    // context's log shows whom the authenticator lets in and whom not, and why.
    using var store = CertificateStore.Open(directory.FullName, log.CreateLogger("Store"));
    using var authenticator = new Authenticator { Verbose = true };
    authenticator.Allow("127.0.0.1");
    authenticator.ConfigureCurve("*", store);
    context.Use(authenticator);

    // A certificate for the client. Its public half goes into the store; in practice this is done by hand, over a safe route.
    using var clientCertificate = Certificate.Generate();
    clientCertificate.Metadata["name"] = "Client test certificate";
    clientCertificate.SavePublic(Path.Combine(directory.FullName, "testcert.pub"));

    // The store sees that of itself within a second. This client does not wait so long: had it come first, it would have been refused, given up
    // (ConnectStopped), and come in once it called Connect again.
    store.Refresh();

    using var serverCertificate = Certificate.Generate();
    await using var server = new PushSocket(context, new() { Security = CurveSecurity.Server(serverCertificate) });
    var endpoint = await server.BindAsync("tcp://127.0.0.1:*");

    await using var client = new PullSocket(
        context, new() { Security = CurveSecurity.Client(clientCertificate, serverCertificate.PublicKey) });
    await client.ConnectAsync(endpoint);
    await server.SendAsync("Hello", tooLate.Token);
    using var message = await client.ReceiveAsync(tooLate.Token);
    Console.WriteLine($"The client received \"{message.AsString()}\", encrypted with {message.Peer!.Mechanism}");
    if (message.AsString() != "Hello") return 1;

    // The server knows who that is: the user id is the client's public key, and the certificate's metadata come along. So they do with each message
    // that a server receives (message.UserId, message.Peer).
    var peer = await server.WaitForPeerAsync(TimeSpan.FromSeconds(5), tooLate.Token);
    Console.WriteLine($"The server sent it to {peer.UserId} ({peer.VerifiedMetadata.GetText("name")})");
    if (peer.UserId != clientCertificate.PublicKey.ToString()) return 1;

    // Somebody with a certificate of his own making, and the reason he is given.
    using var forged = Certificate.Generate();
    await using var stranger = new PullSocket(context, new() { Security = CurveSecurity.Client(forged, serverCertificate.PublicKey) });
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
    directory.Delete(recursive: true);
}
