using Zmtp.Testing.Steady;

namespace Zmtp.Sockets.Tests.Steady;

/// <summary>
/// A stream one way, in another manner than <see cref="PushPullExchange"/>: as messages, of several frames, of several senders, with a token or a
/// time.
/// </summary>
/// <param name="pushes">Who sends, by turns.</param>
/// <param name="pull">Who receives.</param>
/// <param name="body">Each frame.</param>
/// <param name="frames">In each message.</param>
/// <param name="time">More than any call takes; blocking calls have it. Null: they wait without one.</param>
/// <param name="token">Lives throughout; awaiting calls have it.</param>
internal sealed class VariedExchange(PushSocket[] pushes, PullSocket pull, byte[] body, int frames, TimeSpan? time, CancellationToken token)
    : Exchange
{
    public override void Here(AllocationWindows windows)
    {
        for (var i = 0; i < windows.Messages; i++)
        {
            Receive().Dispose();
            windows.OnMessage();
        }
    }

    public override void There(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var push = pushes[i % pushes.Length];
            if (time is not { } within) push.Send(NewMessage());
            else if (!push.TrySend(within, NewMessage())) throw new TimeoutException("Nobody has received in time.");
        }
    }

    public override async Task HereAsync(AllocationWindows windows)
    {
        for (var i = 0; i < windows.Messages; i++)
        {
            (await pull.ReceiveAsync(token)).Dispose();
            windows.OnMessage();
        }
    }

    public override async Task ThereAsync(int count)
    {
        for (var i = 0; i < count; i++) await pushes[i % pushes.Length].SendAsync(NewMessage(), token);
    }

    private Message Receive()
    {
        if (time is not { } within) return pull.Receive();
        return pull.TryReceive(within, out var message) ? message : throw new TimeoutException("Nobody has sent in time.");
    }

    private Message NewMessage()
    {
        var message = Message.Create();
        for (var i = 0; i < frames; i++) message.Append(body.AsSpan());
        return message;
    }
}
