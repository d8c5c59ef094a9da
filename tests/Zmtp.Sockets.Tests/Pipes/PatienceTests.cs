using System.Diagnostics;
using Xunit;
using Zmtp.Sockets.Pipes;

namespace Zmtp.Sockets.Tests.Pipes;

/// <summary>How long who has sent a burst looks for the answers.</summary>
public sealed class PatienceTests
{
    private static readonly long LongAgo = Stopwatch.GetTimestamp() - Stopwatch.Frequency;

    private readonly Patience _patience = new();

    [Fact]
    public void PATIENCE_BurstsAnsweredLateOrNever_AreSoonWaitedForAsleep()
    {
        var before = _patience.AnswerTime;
        _patience.OnAnswer(hasCome: true, LongAgo);
        Assert.InRange(_patience.AnswerTime, before / 3, before * 2 / 3);
        for (var i = 0; i < 30; i++) _patience.OnAnswer(hasCome: false, Stopwatch.GetTimestamp());
        Assert.Equal(TimeSpan.Zero, _patience.AnswerTime);
    }

    [Fact]
    public void PATIENCE_StepsThatDoNotCome_AreSoonWaitedForAsleepUntilOneComes()
    {
        var before = _patience.StepTime;
        for (var i = 0; i < 30; i++) _patience.EndStep(hasCome: false);
        Assert.Equal(TimeSpan.Zero, _patience.StepTime);
        _patience.EndStep(hasCome: true);
        Assert.Equal(before, _patience.StepTime);
    }

    [Fact]
    public void PATIENCE_BurstAnsweredSoonToOneWhoSlept_TheNextOneIsLookedForAllTheTime()
    {
        var before = _patience.AnswerTime;
        for (var i = 0; i < 30; i++) _patience.OnAnswer(hasCome: false, LongAgo);

        // A start that is yet to come: no delay of this thread makes it late.
        _patience.OnAnswer(hasCome: true, Stopwatch.GetTimestamp() + Stopwatch.Frequency);
        Assert.Equal(before, _patience.AnswerTime);
    }
}
