using Zmtp.Testing.Steady;

namespace Zmtp.Sockets.Tests.Steady;

/// <summary>What two sockets do with each other, so many times: the side that is counted, and the other one. None of its loops allocates.</summary>
internal abstract class Exchange
{
    /// <summary>The counted side, blocking.</summary>
    public abstract void Here(AllocationWindows windows);

    /// <summary>The other side, blocking.</summary>
    public abstract void There(int count);

    /// <summary>The counted side, awaiting.</summary>
    public abstract Task HereAsync(AllocationWindows windows);

    /// <summary>The other side, awaiting.</summary>
    public abstract Task ThereAsync(int count);
}

/// <summary>A stream one way.</summary>
internal sealed class PushPullExchange(PushSocket push, PullSocket pull, byte[] body) : Exchange
{
    public override void Here(AllocationWindows windows)
    {
        for (var i = 0; i < windows.Messages; i++)
        {
            pull.Receive().Dispose();
            windows.OnMessage();
        }
    }

    public override void There(int count)
    {
        for (var i = 0; i < count; i++) push.Send(body);
    }

    public override async Task HereAsync(AllocationWindows windows)
    {
        for (var i = 0; i < windows.Messages; i++)
        {
            (await pull.ReceiveAsync()).Dispose();
            windows.OnMessage();
        }
    }

    public override async Task ThereAsync(int count)
    {
        for (var i = 0; i < count; i++) await push.SendAsync(body);
    }
}

/// <summary>A stream one way, of a socket that would drop what is too much: it runs ahead only so far.</summary>
/// <param name="pub">PUB or XPUB; XSUB for what it sends.</param>
/// <param name="sub">SUB or XSUB; XPUB for what it receives.</param>
/// <param name="body">What is sent.</param>
internal sealed class PubSubExchange(SendingSocket pub, IReceivingSocket sub, byte[] body) : Exchange
{
    private readonly long _ahead = Math.Max(8, Math.Min(500, 1024 * 1024 / body.Length));
    private long _sent;
    private long _received;

    public override void Here(AllocationWindows windows)
    {
        for (var i = 0; i < windows.Messages; i++)
        {
            sub.Receive().Dispose();
            OnReceived(windows);
        }
    }

    public override void There(int count)
    {
        for (var i = 0; i < count; i++)
        {
            WaitForRoom();
            pub.Send(body);
        }
    }

    public override async Task HereAsync(AllocationWindows windows)
    {
        for (var i = 0; i < windows.Messages; i++)
        {
            (await sub.ReceiveAsync()).Dispose();
            OnReceived(windows);
        }
    }

    public override async Task ThereAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            WaitForRoom();
            await pub.SendAsync(body);
        }
    }

    private void OnReceived(AllocationWindows windows)
    {
        Volatile.Write(ref _received, _received + 1);
        windows.OnMessage();
    }

    private void WaitForRoom()
    {
        while (_sent - Volatile.Read(ref _received) >= _ahead) Thread.Yield();
        _sent++;
    }
}

/// <summary>There and back, one at a time.</summary>
internal sealed class ReqRepExchange(ReqSocket req, RepSocket rep, byte[] body) : Exchange
{
    public override void Here(AllocationWindows windows)
    {
        for (var i = 0; i < windows.Messages; i++)
        {
            req.Send(body);
            req.Receive().Dispose();
            windows.OnMessage();
        }
    }

    public override void There(int count)
    {
        for (var i = 0; i < count; i++) rep.Send(rep.Receive());
    }

    public override async Task HereAsync(AllocationWindows windows)
    {
        for (var i = 0; i < windows.Messages; i++)
        {
            await req.SendAsync(body);
            (await req.ReceiveAsync()).Dispose();
            windows.OnMessage();
        }
    }

    public override async Task ThereAsync(int count)
    {
        for (var i = 0; i < count; i++) await rep.SendAsync(await rep.ReceiveAsync());
    }
}

/// <summary>There and back, several under way, of two sockets without a rhythm of their own.</summary>
/// <param name="here">DEALER or PAIR.</param>
/// <param name="there">ROUTER or PAIR.</param>
/// <param name="body">What is sent.</param>
/// <param name="window">How many are under way.</param>
internal sealed class EchoExchange(DuplexSocket here, DuplexSocket there, byte[] body, int window) : Exchange
{
    private bool _isFilled;

    public override void Here(AllocationWindows windows)
    {
        Fill();
        for (var i = 0; i < windows.Messages; i++)
        {
            here.Receive().Dispose();
            here.Send(body);
            windows.OnMessage();
        }
    }

    public override void There(int count)
    {
        for (var i = 0; i < count; i++) there.Send(there.Receive());
    }

    public override async Task HereAsync(AllocationWindows windows)
    {
        Fill();
        for (var i = 0; i < windows.Messages; i++)
        {
            (await here.ReceiveAsync()).Dispose();
            await here.SendAsync(body);
            windows.OnMessage();
        }
    }

    public override async Task ThereAsync(int count)
    {
        for (var i = 0; i < count; i++) await there.SendAsync(await there.ReceiveAsync());
    }

    private void Fill()
    {
        for (var i = 0; !_isFilled && i < window; i++) here.Send(body);
        _isFilled = true;
    }
}
