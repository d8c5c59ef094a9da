using Zmtp.Testing;

namespace Zmtp.Interop.Tests.LibZmq;

/// <summary>The blocking calls, each on a thread of its own, so that they take no thread of the pool from the sockets under test.</summary>
internal sealed partial class LibZmqSocket
{
    /// <summary>As <see cref="Receive"/>, on a thread of its own, so that a blocked call takes no thread of the pool.</summary>
    public Task<LibZmqMessage> ReceiveAsync(params string[] properties) => OnThread(() => Receive(properties));

    /// <summary>As <see cref="ReceiveText"/>, on a thread of its own.</summary>
    public Task<string[]> ReceiveTextAsync() => OnThread(ReceiveText);

    /// <summary>As <see cref="Send(string[])"/>, on a thread of its own.</summary>
    public Task SendAsync(params string[] frames) => OnThread(() =>
    {
        Send(frames);
        return true;
    });

    /// <summary>As <see cref="Send(byte[][])"/>, on a thread of its own.</summary>
    public Task SendAsync(params byte[][] frames) => OnThread(() =>
    {
        Send(frames);
        return true;
    });

    /// <summary>As <see cref="HasMessageWithin"/>, on a thread of its own.</summary>
    public Task<bool> HasMessageWithinAsync(TimeSpan time) => OnThread(() => HasMessageWithin(time));

    /// <summary>Runs several calls one after the other on a thread of their own.</summary>
    public Task OnThreadAsync(Action<LibZmqSocket> calls) => OnThread(() =>
    {
        calls(this);
        return true;
    });

    /// <summary>Binds to an endpoint whose last owner may not quite have let go of it.</summary>
    public async Task BindEventuallyAsync(string endpoint)
    {
        var late = TestTimeout.Token;
        while (!TryBind(endpoint))
        {
            await Task.Delay(10, late);
        }
    }

    private static Task<T> OnThread<T>(Func<T> call) => Task.Factory.StartNew(
        call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
