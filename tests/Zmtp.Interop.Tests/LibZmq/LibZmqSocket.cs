using System.Runtime.InteropServices;
using System.Text;

namespace Zmtp.Interop.Tests.LibZmq;

/// <summary>
/// A libzmq socket with bounded calls. As libzmq demands, only one thread at a time may use it; the tests await one call before the next.
/// </summary>
internal sealed unsafe partial class LibZmqSocket : IDisposable
{
    private const int SendMore = 2;
    private const int PollIn = 1;
    private const int DefaultTimeout = 10_000;

    private readonly LibZmqContext? _context;
    private readonly nint _handle;
    private readonly bool _owned;
    private int _disposed;

    internal LibZmqSocket(LibZmqContext? context, nint handle, bool owned)
    {
        _context = context;
        _handle = handle;
        _owned = owned;
        Set(LibZmqOption.Linger, 0);
        Set(LibZmqOption.SendTimeout, DefaultTimeout);
        Set(LibZmqOption.ReceiveTimeout, DefaultTimeout);
    }

    /// <summary>Where the last bind ended up.</summary>
    public string LastEndpoint => GetText(LibZmqOption.LastEndpoint);

    public LibZmqSocket Set(LibZmqOption option, int value) => Set(option, MemoryMarshal.AsBytes([value]));

    public LibZmqSocket Set(LibZmqOption option, long value) => Set(option, MemoryMarshal.AsBytes([value]));

    public LibZmqSocket Set(LibZmqOption option, string value) => Set(option, Encoding.UTF8.GetBytes(value));

    public LibZmqSocket Set(LibZmqOption option, ReadOnlySpan<byte> value)
    {
        fixed (byte* octets = value)
        {
            byte nothing = 0;
            byte* first = octets == null ? &nothing : octets;
            Check("zmq_setsockopt " + option, Native.zmq_setsockopt(_handle, (int)option, first, (nuint)value.Length));
        }

        return this;
    }

    /// <summary>Makes this end the CURVE server.</summary>
    public LibZmqSocket CurveServer(LibZmqKeys keys, string zapDomain = "") =>
        Domain(zapDomain).Set(LibZmqOption.CurveServer, 1).Set(LibZmqOption.CurveSecretKey, keys.Secret);

    /// <summary>Makes this end a CURVE client.</summary>
    public LibZmqSocket CurveClient(LibZmqKeys keys, string serverKey) =>
        Set(LibZmqOption.CurveServerKey, serverKey)
            .Set(LibZmqOption.CurvePublicKey, keys.Public)
            .Set(LibZmqOption.CurveSecretKey, keys.Secret);

    /// <summary>Makes this end the PLAIN server.</summary>
    public LibZmqSocket PlainServer(string zapDomain) =>
        Domain(zapDomain).Set(LibZmqOption.PlainServer, 1);

    /// <summary>Sets the ZAP domain; libzmq takes no empty one, so that means leaving it alone.</summary>
    public LibZmqSocket Domain(string zapDomain) => zapDomain.Length == 0 ? this : Set(LibZmqOption.ZapDomain, zapDomain);

    /// <summary>Makes this end a PLAIN client.</summary>
    public LibZmqSocket PlainClient(string username, string password) =>
        Set(LibZmqOption.PlainUsername, username).Set(LibZmqOption.PlainPassword, password);

    /// <summary>Binds and returns the endpoint that came out of it.</summary>
    public string Bind(string endpoint = "tcp://127.0.0.1:*")
    {
        Check("zmq_bind " + endpoint, Native.zmq_bind(_handle, endpoint));
        return LastEndpoint;
    }

    /// <summary>Binds, or returns false where the endpoint is taken.</summary>
    public bool TryBind(string endpoint) => Native.zmq_bind(_handle, endpoint) == 0;

    public void Connect(string endpoint) => Check("zmq_connect " + endpoint, Native.zmq_connect(_handle, endpoint));

    public void Unbind(string endpoint) => Check("zmq_unbind " + endpoint, Native.zmq_unbind(_handle, endpoint));

    public void Disconnect(string endpoint) => Check("zmq_disconnect " + endpoint, Native.zmq_disconnect(_handle, endpoint));

    public void Send(params string[] frames) => Send(frames.Select(Encoding.UTF8.GetBytes).ToArray());

    public void Send(params byte[][] frames)
    {
        for (int i = 0; i < frames.Length; i++)
        {
            fixed (byte* octets = frames[i])
            {
                int flags = i < frames.Length - 1 ? SendMore : 0;
                Check("zmq_send", Native.zmq_send(_handle, octets, (nuint)frames[i].Length, flags));
            }
        }
    }

    /// <summary>Sends, or returns false where SNDTIMEO ran out first.</summary>
    public bool TrySend(params string[] frames)
    {
        try
        {
            Send(frames);
            return true;
        }
        catch (LibZmqException e) when (e.IsTimeout)
        {
            return false;
        }
    }

    /// <summary>Receives a whole message, and reads the named properties from its last frame.</summary>
    public LibZmqMessage Receive(params string[] properties)
    {
        List<byte[]> frames = [];
        Dictionary<string, string?> values = [];
        bool more;
        do
        {
            Native.Msg message;
            Check("zmq_msg_init", Native.zmq_msg_init(&message));
            try
            {
                Check("zmq_msg_recv", Native.zmq_msg_recv(&message, _handle, 0));
                frames.Add(new ReadOnlySpan<byte>(Native.zmq_msg_data(&message), (int)Native.zmq_msg_size(&message)).ToArray());
                more = Native.zmq_msg_more(&message) == 1;
                foreach (string property in more ? [] : properties)
                {
                    values[property] = Marshal.PtrToStringUTF8(Native.zmq_msg_gets(&message, property));
                }
            }
            finally
            {
                _ = Native.zmq_msg_close(&message);
            }
        }
        while (more);
        return new LibZmqMessage(frames, values);
    }

    /// <summary>Receives the frames of a message as text.</summary>
    public string[] ReceiveText() => Receive().Text;

    /// <summary>Watches for <paramref name="time"/> whether a message comes.</summary>
    public bool HasMessageWithin(TimeSpan time)
    {
        var item = new Native.PollItem { Socket = _handle, Events = PollIn };
        return Check("zmq_poll", Native.zmq_poll(&item, 1, (long)time.TotalMilliseconds)) > 0;
    }

    /// <summary>Passes messages between this socket and another until their context is shut down.</summary>
    public void Proxy(LibZmqSocket backend) => _ = Native.zmq_proxy(_handle, backend._handle, 0);

    /// <summary>Observes this socket's events from now on.</summary>
    public LibZmqMonitor Monitor()
    {
        var context = _context ?? throw new InvalidOperationException("Only sockets of a context of ours can be observed.");
        string endpoint = "inproc://monitor-" + Guid.NewGuid().ToString("N");
        Check("zmq_socket_monitor", Native.zmq_socket_monitor(_handle, endpoint, 0xFFFF));
        var pair = context.Socket(LibZmqSocketType.Pair);
        pair.Connect(endpoint);
        return new LibZmqMonitor(pair);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0 && _owned)
        {
            _ = Native.zmq_close(_handle);
        }
    }

    private static int Check(string call, int result) => result >= 0 ? result : throw LibZmqException.Last(call);

    private string GetText(LibZmqOption option)
    {
        Span<byte> value = stackalloc byte[512];
        nuint length = (nuint)value.Length;
        fixed (byte* octets = value)
        {
            Check("zmq_getsockopt " + option, Native.zmq_getsockopt(_handle, (int)option, octets, ref length));
        }

        return Encoding.UTF8.GetString(value[..((int)length - 1)]);
    }
}
