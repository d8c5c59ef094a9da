using Xunit;

namespace Zmtp.Testing;

/// <summary>Threads that are interrupted where they must not give up.</summary>
public static class Interrupted
{
    /// <summary>Does something on a thread that is interrupted while it waits for what the test holds, and expects that its next wait hears of it.</summary>
    /// <param name="holding">Runs what it gets while it holds what the thread will wait for.</param>
    /// <param name="action">What the thread does. It must not throw.</param>
    public static async Task RunAsync(Action<Action> holding, Action action)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                ended.SetException(e);
                return;
            }

            try
            {
                Thread.Sleep(Timeout.Infinite);
            }
            catch (ThreadInterruptedException)
            {
                ended.SetResult();
            }
        }) { IsBackground = true };
        holding(() =>
        {
            thread.Start();

            // It sleeps by then: an interrupt that came before is pending at its first sleep, which is the same to it.
            Assert.True(SpinWait.SpinUntil(() => Waits(thread), TestTimeout.Default));
            thread.Interrupt();
            Assert.True(SpinWait.SpinUntil(() => Waits(thread) || !thread.IsAlive, TestTimeout.Default));
        });
        await ended.Task.WithinAsync();
    }

    /// <summary>Does what may give up when it is interrupted; the thread's next wait hears of that then.</summary>
    public static void PutOff(Action action)
    {
        try
        {
            action();
        }
        catch (ThreadInterruptedException)
        {
            Thread.CurrentThread.Interrupt();
        }
    }

    private static bool Waits(Thread thread) => (thread.ThreadState & ThreadState.WaitSleepJoin) != 0;
}
