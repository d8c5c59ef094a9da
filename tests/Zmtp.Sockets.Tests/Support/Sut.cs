using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>Makes the socket under test.</summary>
internal static class Sut
{
    /// <summary>No linger, quick reconnects.</summary>
    public static readonly SocketOptions Quick = new()
    {
        Linger = TimeSpan.Zero,
        ReconnectInterval = TimeSpan.FromMilliseconds(10),
        ReconnectIntervalMax = TimeSpan.FromMilliseconds(10),
    };

    /// <summary>A socket of a context of its own.</summary>
    public static Sut<T> Create<T>(Func<ZmtpContext, T> create, TimeProvider? time = null)
        where T : ZmtpSocket => new(create, time ?? TimeProvider.System);

    /// <summary>A socket that is bound to an ephemeral port of 127.0.0.1.</summary>
    public static async Task<Sut<T>> BoundAsync<T>(Func<ZmtpContext, T> create, TimeProvider? time = null)
        where T : ZmtpSocket
    {
        var sut = Create(create, time);
        await sut.BindAsync();
        return sut;
    }

    /// <summary>A socket of a type.</summary>
    public static ZmtpSocket Socket(ZmtpContext context, SocketType type, SocketOptions? options = null) => type switch
    {
        SocketType.Pair => new PairSocket(context, options ?? Quick),
        SocketType.Pub => new PubSocket(context, options ?? Quick),
        SocketType.Sub => new SubSocket(context, options ?? Quick),
        SocketType.XPub => new XPubSocket(context, options ?? Quick),
        SocketType.XSub => new XSubSocket(context, options ?? Quick),
        SocketType.Req => new ReqSocket(context, options ?? Quick),
        SocketType.Rep => new RepSocket(context, options ?? Quick),
        SocketType.Dealer => new DealerSocket(context, options ?? Quick),
        SocketType.Router => new RouterSocket(context, options ?? Quick),
        SocketType.Push => new PushSocket(context, options ?? Quick),
        SocketType.Pull => new PullSocket(context, options ?? Quick),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };
}

/// <summary>
/// The socket under test, its context, and the scripted peers and listeners that were made for it. Disposing it disposes the peers first,
/// so that no socket waits for a goodbye.
/// </summary>
internal sealed class Sut<T> : IAsyncDisposable
    where T : ZmtpSocket
{
    private readonly List<IAsyncDisposable> _raw = [];

    public Sut(Func<ZmtpContext, T> create, TimeProvider time)
    {
        Context = Searched.NewContext(new ZmtpContextOptions { Time = time });
        Socket = create(Context);
        Events = new EventLog(Socket);
    }

    public ZmtpContext Context { get; }

    public T Socket { get; }

    public EventLog Events { get; }

    /// <summary>Where the socket is bound.</summary>
    public string Endpoint { get; private set; } = "";

    public async Task BindAsync() => Endpoint = await Socket.BindAsync("tcp://127.0.0.1:*");

    /// <summary>RAW connects: tcp only, not one octet is sent.</summary>
    public async Task<RawPeer> RawConnectsAsync() => Keep(await RawPeer.ConnectAsync(Endpoint));

    /// <summary>
    /// RAW connects and shakes hands as a socket type. Unless told otherwise waits until the socket knows the peer: a PONG says so.
    /// </summary>
    public async Task<RawPeer> PeerConnectsAsync(string socketType, string? identity = null, int minor = 1, bool settle = true) =>
        await ShakeHandsAsync(await RawConnectsAsync(), socketType, identity, minor, settle);

    /// <summary>A listener that the socket connects to.</summary>
    public RawListener Listens()
    {
        var listener = Keep(RawListener.Open());
        Socket.Connect(listener.Endpoint);
        return listener;
    }

    /// <summary>RAW listens, the socket connects: tcp only, not one octet is sent.</summary>
    public async Task<RawPeer> RawListensAsync() => Keep(await Listens().AcceptAsync());

    /// <summary>RAW listens, the socket connects, they shake hands. See <see cref="PeerConnectsAsync"/>.</summary>
    public async Task<RawPeer> PeerListensAsync(string socketType, string? identity = null, int minor = 1, bool settle = true) =>
        await ShakeHandsAsync(await RawListensAsync(), socketType, identity, minor, settle);

    /// <summary>Accepts the socket's next connection and shakes hands.</summary>
    public async Task<RawPeer> AcceptAsync(
        RawListener listener, string socketType, string? identity = null, int minor = 1, bool settle = true) =>
        await ShakeHandsAsync(Keep(await listener.AcceptAsync()), socketType, identity, minor, settle);

    /// <summary>Disposes something before the socket.</summary>
    public TRaw Keep<TRaw>(TRaw raw)
        where TRaw : IAsyncDisposable
    {
        _raw.Add(raw);
        return raw;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var raw in _raw) await raw.DisposeAsync();
        await Context.DisposeAsync().WithinAsync();
    }

    private static async Task<RawPeer> ShakeHandsAsync(RawPeer raw, string socketType, string? identity, int minor, bool settle)
    {
        if (minor == 0) await raw.Handshake30Async(socketType, identity);
        else await raw.Handshake31Async(socketType, identity);
        if (settle) await raw.ExpectOpenAsync();
        return raw;
    }
}
