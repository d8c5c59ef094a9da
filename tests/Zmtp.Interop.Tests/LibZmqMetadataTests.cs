using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Interop.Tests.Support;
using Zmtp.Security;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Interop.Tests;

/// <summary>What a peer says of itself in its handshake, routing id and properties, against libzmq.</summary>
public sealed class LibZmqMetadataTests : DisposedTests
{
    private readonly ZmtpContext _context = Searched.NewContext();
    private readonly LibZmqContext _theirs = new();

    public override async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        _theirs.Dispose();
    }

    [Fact]
    [Spec("ZMTP30-69", "REQREP-42", "REQREP-45")]
    public async Task LIBZMQ_RoutingIdOfItsDealer_AddressesItAtOurRouter()
    {
        await using var router = new RouterSocket(_context, new() { RouterMandatory = true });
        var dealer = _theirs.Socket(LibZmqSocketType.Dealer).Set(LibZmqOption.RoutingId, "ABC");
        dealer.Connect(await router.BindAsync("tcp://127.0.0.1:*"));
        await router.PeerAsync();

        await router.SendFramesAsync(Octets.Text("ABC"), Octets.Text("hello"));

        Assert.Equal(["hello"], await dealer.ReceiveTextAsync());
        await Assert.ThrowsAsync<HostUnreachableException>(() => router.SendFramesAsync(Octets.Text("XYZ"), Octets.Text("hello")));
    }

    [Fact]
    [Spec("ZMTP30-69", "REQREP-42")]
    public async Task LIBZMQ_Router_AddressesOurDealerByItsRoutingId()
    {
        var router = _theirs.Socket(LibZmqSocketType.Router);
        await using var dealer = new DealerSocket(_context, new() { RoutingId = "ABC"u8.ToArray() });
        await dealer.ConnectAsync(router.Bind());
        await dealer.SendAsync("hello", TestTimeout.Token);

        Assert.Equal(["ABC", "hello"], await router.ReceiveTextAsync());
    }

    [Fact]
    [Spec("ZMTP30-65")]
    public async Task LIBZMQ_ShowsTheMetadataOfOurPeer()
    {
        var pull = _theirs.Socket(LibZmqSocketType.Pull);
        await using var push = new PushSocket(
            _context, new() { Metadata = new ZmtpMetadata([new("X-color", "green"u8.ToArray())]) });
        await push.ConnectAsync(pull.Bind());
        await push.SendAsync("hello", TestTimeout.Token);

        var message = await pull.ReceiveAsync("X-color", "Socket-Type", "Peer-Address");

        Assert.Equal("green", message.Properties["X-color"]);
        Assert.Equal("PUSH", message.Properties["Socket-Type"]);
        Assert.Equal("127.0.0.1", message.Properties["Peer-Address"]);
    }
}
