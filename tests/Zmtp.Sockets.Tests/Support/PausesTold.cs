using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>A clock of our own that tells of each pause that is made by it, in order: how long it is, and so when it is over.</summary>
/// <param name="least">What is shorter is no pause.</param>
internal sealed class PausesTold(TimeSpan least) : FakeTimeProvider
{
    private readonly Channel<TimeSpan> _pauses = Channel.CreateUnbounded<TimeSpan>();

    public ValueTask<TimeSpan> NextAsync() => _pauses.Reader.ReadAsync(TestTimeout.Token);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime >= least) _pauses.Writer.TryWrite(dueTime);
        return timer;
    }
}
