using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Pipes;

public class ReminderTests
{
    [Fact]
    public async Task REMINDER_ComesUntilItIsToldThatThereIsNothingMore_AndWhenItIsWatchedAgain()
    {
        var reminder = new Reminder(TimeSpan.FromMilliseconds(1));
        var busy = new Reminded(times: int.MaxValue);
        var first = new Reminded(times: 3);
        reminder.Watch(first);
        reminder.Watch(busy);
        await first.Ended.WithinAsync();
        await busy.AfterTicksAsync(10).WithinAsync();
        Assert.Equal(3, first.Count);

        first.Renew(times: 2);
        reminder.Watch(first);
        await first.Ended.WithinAsync();
        await busy.AfterTicksAsync(10).WithinAsync();
        Assert.Equal(5, first.Count);
        busy.Stop();
        await busy.Ended.WithinAsync();
    }

    private sealed class Reminded(int times) : IReminded
    {
        private readonly Lock _gate = new();
        private TaskCompletionSource _ended = NewSource();
        private TaskCompletionSource? _reached;
        private int _left = times;
        private int _wanted;

        public int Count { get; private set; }

        public Task Ended => _ended.Task;

        public Task AfterTicksAsync(int ticks)
        {
            lock (_gate)
            {
                _wanted = Count + ticks;
                _reached = NewSource();
                return _reached.Task;
            }
        }

        public void Renew(int times)
        {
            lock (_gate)
            {
                _ended = NewSource();
                _left = times;
            }
        }

        public void Stop()
        {
            lock (_gate) _left = 1;
        }

        public bool Remind()
        {
            lock (_gate)
            {
                Count++;
                if (Count >= _wanted) _reached?.TrySetResult();
                if (--_left > 0) return true;
                _ended.TrySetResult();
                return false;
            }
        }

        private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
