using System.Threading.Channels;
using Xunit;

namespace Zmtp.Sockets.Tests.Steady;

/// <summary>A thread that does one thing after the other. Pools that each thread has for itself stay full from one to the next.</summary>
internal sealed class OwnThread : IDisposable
{
    private readonly Channel<(Action Action, TaskCompletionSource Done)> _work = Channel.CreateUnbounded<(Action, TaskCompletionSource)>();

    public OwnThread() => new Thread(Run) { IsBackground = true }.Start();

    public Task RunAsync(Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(_work.Writer.TryWrite((action, done)));
        return done.Task;
    }

    public void Dispose() => _work.Writer.Complete();

    private void Run()
    {
        while (_work.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_work.Reader.TryRead(out var item))
            {
                try
                {
                    item.Action();
                    item.Done.SetResult();
                }
                catch (Exception e)
                {
                    item.Done.SetException(e);
                }
            }
        }
    }
}
