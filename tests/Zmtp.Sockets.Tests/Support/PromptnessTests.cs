using Microsoft.Extensions.Time.Testing;
using Xunit;
using Xunit.Sdk;

namespace Zmtp.Sockets.Tests.Support;

public class PromptnessTests
{
    private const int Count = 20;

    private readonly FakeTimeProvider _time = new();
    private int _measured;

    [Fact]
    public async Task ASSERT_OneBatchIsHeldUpByTheMachine_TheNextOneDecides()
    {
        await Promptness.AssertAsync(Count, () => Measure(_measured < Count ? 50 : 1), _time);
        Assert.Equal(2 * Count, _measured);
    }

    [Fact]
    public async Task ASSERT_AQuarterIsHeldUpByNobody_OneBatchDecides()
    {
        await Promptness.AssertAsync(Count, () => Measure(_measured <= Count / 4 ? 1 : 50), _time);
        Assert.Equal(Count, _measured);
    }

    [Fact]
    public async Task ASSERT_EachTimeWaitsForTheClock_Fails()
    {
        await Assert.ThrowsAsync<TrueException>(() => Promptness.AssertAsync(Count, () => Measure(10 + (_measured % 11)), _time));
        Assert.InRange(_measured, 2 * Count, int.MaxValue);
    }

    private Task<TimeSpan> Measure(int milliseconds)
    {
        _measured++;
        var time = TimeSpan.FromMilliseconds(milliseconds);
        _time.Advance(time);
        return Task.FromResult(time);
    }
}
