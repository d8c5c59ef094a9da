using System.Buffers;
using Zmtp.Engine;
using Zmtp.Wire;

namespace Zmtp.Sockets.Pipes;

// What is for one peer and for no other that comes after it: subscriptions.
internal sealed partial class Pipe
{
    /// <summary>Sends SUBSCRIBE or CANCEL in the form the peer understands. Never dropped, whatever the mark.</summary>
    public void SendSubscription(ReadOnlySpan<byte> topic, bool subscribe)
    {
        var step = SendStep.Nothing;
        ConnectionWriter? writer;
        var body = new ArrayBufferWriter<byte>();
        lock (Gate)
        {
            if (_inprocPeer is not null)
            {
                WriteSubscription(topic, subscribe, body);
                _inprocPeer.OnCommand(body.WrittenSpan);
                return;
            }

            writer = _writer;
            if (writer is null) return;
            if (Peer!.MinorVersion >= 1)
            {
                WriteSubscription(topic, subscribe, body);
                writer.WriteCommand(body.WrittenSpan);
            }
            else
            {
                LegacySubscription.Write(subscribe, topic, body);
                writer.WriteFrame(body.WrittenSpan, more: false);
                _pending++;
            }

            step = writer.Begin();
        }

        writer.Send(step);
    }

    private static void WriteSubscription(ReadOnlySpan<byte> topic, bool subscribe, ArrayBufferWriter<byte> body)
    {
        if (subscribe) SubscribeCommand.Write(topic, body);
        else CancelCommand.Write(topic, body);
    }
}
