using Zmtp.Sockets.Pipes;

namespace Zmtp.Sockets;

// What each pattern does in a way of its own.
public abstract partial class ZmtpSocket
{
    /// <summary>What the messages are counted in that are sent by this socket.</summary>
    internal virtual SendBurst Burst => SendBurst.OfThread;

    /// <summary>Over how many pipes the socket itself spreads what is sent, at least one; a hint. Each is filled so much more slowly.</summary>
    internal virtual int Spread => 1;

    /// <summary>A pipe that may take messages: at connect, or before an accepted peer is admitted.</summary>
    internal virtual void OnPipeAdded(Pipe pipe)
    {
    }

    /// <summary>A handshake has succeeded. The pattern may still refuse the peer.</summary>
    /// <returns>Null to let it in.</returns>
    internal virtual ZmtpException? Admit(Pipe pipe, ZmtpPeer peer) => null;

    /// <summary>Messages can flow both ways.</summary>
    internal virtual void OnAttached(Pipe pipe)
    {
    }

    /// <summary>The connection is lost; the pipe may get another one.</summary>
    internal virtual void OnDetached(Pipe pipe)
    {
    }

    /// <summary>No messages go to the pipe any more: its endpoint is given up, or it is gone. May be told more than once.</summary>
    internal virtual void OnPipeRemoved(Pipe pipe)
    {
    }

    /// <summary>A pipe is gone for good, and nothing is read any more that could come by it.</summary>
    internal virtual void OnPipeEnded(Pipe pipe)
    {
    }

    /// <summary>
    /// The socket is closed, nobody receives, and nothing is read any more. What peers have sent is given back: a connection whose peer has yet to hang
    /// up keeps the pipe, and with it the socket.
    /// </summary>
    internal virtual void OnEnded() => Receiver.Discard();

    /// <summary>
    /// Whether messages may arrive in batches, unseen but for <see cref="Wants"/>. False where <see cref="Accepts"/> must see each of them.
    /// </summary>
    internal virtual bool TakesBatches => true;

    /// <summary>Whether a message that begins with this frame is wanted. On the thread of the connection's reader.</summary>
    internal virtual bool Wants(ReadOnlySpan<byte> firstFrame) => true;

    /// <summary>A message has arrived. False drops it. May change it. On the thread of the connection's reader.</summary>
    internal virtual bool Accepts(Pipe pipe, MessageBuffer message) => Wants(message.Slot(0).Span);

    /// <summary>A command of the patterns has arrived.</summary>
    internal virtual void OnCommand(Pipe pipe, ReadOnlySpan<byte> body)
    {
    }

    /// <summary>Sends one frame now. False: nobody has room.</summary>
    internal virtual bool TrySendNow(ReadOnlySpan<byte> frame)
    {
        var message = MessageBuffer.Rent();
        message.AppendFrame(frame);
        var version = message.Version;
        try
        {
            if (TrySendNow(message)) return true;
        }
        catch
        {
            // If the pattern took the message over, its version is another by now.
            if (message.Version == version) message.Return();
            throw;
        }

        message.Return();
        return false;
    }

    /// <summary>Sends a message now, and takes it over. False: nobody has room, and it is still the caller's.</summary>
    internal virtual bool TrySendNow(MessageBuffer message) => throw new InvalidOperationException($"{Type} does not send.");
}
