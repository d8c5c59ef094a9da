using Zmtp.Interop.Tests.Czmq;
using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Interop.Tests.Support;

namespace Zmtp.Interop.Tests;

/// <summary>The wrappers work: CZMQ and NetMQ against libzmq.</summary>
[Collection(CzmqCollection.Name)]
public sealed class CzmqWrapperTests
{
    [Fact]
    public void CZMQ_Certificate_SavedAndLoaded_IsTheSame()
    {
        using var directory = new TemporaryDirectory();
        using var certificate = CzmqCertificate.Generate().SetMeta("name", "Ann");
        certificate.Save(directory.File("ann.txt"));

        using var loaded = CzmqCertificate.Load(directory.File("ann.txt"))!;

        Assert.Equal(certificate.PublicKey, loaded.PublicKey);
        Assert.Equal(certificate.SecretKey, loaded.SecretKey);
        Assert.Equal("Ann", loaded.Meta("name"));
    }

    [Fact]
    public void CZMQ_ZauthWithCertificateDirectory_LetsInTheKnownKeyOnly()
    {
        using var directory = new TemporaryDirectory();
        using var known = CzmqCertificate.Generate();
        using var unknown = CzmqCertificate.Generate();
        known.SavePublic(directory.File("known.txt"));
        using var authenticator = new CzmqAuth().Allow("127.0.0.1").Curve(directory.Path);
        using var server = new CzmqSocket(LibZmqSocketType.Pull);
        string endpoint = server.Socket.CurveServer(LibZmqKeys.TestServer, "global").Bind();
        using var context = new LibZmqContext();
        var good = context.Socket(LibZmqSocketType.Push).CurveClient(known.Keys, LibZmqKeys.TestServer.Public);
        var bad = context.Socket(LibZmqSocketType.Push).CurveClient(unknown.Keys, LibZmqKeys.TestServer.Public);
        using var monitor = bad.Monitor();

        bad.Connect(endpoint);
        Assert.Equal(400u, monitor.WaitFor(LibZmqEvent.HandshakeFailedAuth));
        good.Connect(endpoint);
        good.Send("hello");
        var message = server.Socket.Receive("User-Id");

        Assert.Equal(["hello"], message.Text);
        Assert.Equal(known.PublicKey, message.UserId);
    }

    [Fact]
    public void NETMQ_PushToLibZmqPull_Delivers()
    {
        using var context = new LibZmqContext();
        var pull = context.Socket(LibZmqSocketType.Pull);
        string endpoint = pull.Bind();
        using var push = new NetMQ.Sockets.PushSocket();
        push.Options.Linger = TimeSpan.Zero;
        push.Connect(endpoint);

        Assert.True(NetMQ.OutgoingSocketExtensions.TrySendFrame(push, TimeSpan.FromSeconds(10), "hello"));

        Assert.Equal(["hello"], pull.ReceiveText());
    }
}
