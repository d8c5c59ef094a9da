using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Sockets.Pipes;

namespace Zmtp.Sockets.Tests.Pipes;

/// <summary>What a blocked receiver has learned: how long it looks, and whether it keeps its connections.</summary>
public sealed class PatienceTests
{
    private static readonly long LongAgo = Stopwatch.GetTimestamp() - Stopwatch.Frequency;

    // No delay of this thread makes that long ago.
    private static readonly long ToCome = LongAgo + (60 * Stopwatch.Frequency);

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
        _patience.OnAnswer(hasCome: true, ToCome);
        Assert.Equal(before, _patience.AnswerTime);
    }

    [Fact]
    public void PATIENCE_ManyMessagesToOneWhoIsBackAtOnce_KeepsTheirConnections()
    {
        BeginAfter(ToCome);
        Assert.True(BeginAfter(ToCome).KeepsConnections);
    }

    /// <summary>The first call may be the socket's only one: for one answer, of a peer that goes then.</summary>
    [Fact]
    public void PATIENCE_FirstCall_KeepsNothing()
    {
        Assert.False(_patience.Begin(hasSources: true).KeepsConnections);
    }

    [Fact]
    public void PATIENCE_LongAwayOnce_IsTakenForTheSystemsDoingAndOftenForItsOwn()
    {
        BeginAfter(ToCome);
        Assert.True(BeginAfter(LongAgo).KeepsConnections);
        for (var i = 0; i < 30; i++) BeginAfter(LongAgo);
        Assert.False(BeginAfter(LongAgo).KeepsConnections);

        // Nor is one short time a habit.
        var look = BeginAfter(ToCome);
        Assert.False(look.IsSoonBack);
        Assert.True(look.MayBeAhead);
        for (var i = 0; i < 30; i++) BeginAfter(ToCome);
        Assert.True(BeginAfter(ToCome).IsSoonBack);
    }

    [Fact]
    public void PATIENCE_MessageIsFound_TheTimeAwayBeginsThere()
    {
        FoundAt(_patience) = ToCome;
        _patience.OnFound(isOwn: true);
        Assert.InRange(FoundAt(_patience), LongAgo, Stopwatch.GetTimestamp());
    }

    [Fact]
    public void PATIENCE_AwayForMilliseconds_OthersReadAheadWhateverIsThere()
    {
        for (var i = 0; i < 30; i++) BeginAfter(LongAgo);
        var look = BeginAfter(LongAgo);
        look.Pause();
        Assert.False(look.KeepsConnections);
    }

    [Fact]
    public void LOOK_OfOneWhoMayBeAhead_KeepsItsConnectionsIfNothingIsThereAtFirst()
    {
        var look = new Patience.Look(end: 0, spins: 0) { MayBeAhead = true };
        Assert.False(look.KeepsConnections);
        look.Pause();
        Assert.True(look.KeepsConnections);
    }

    // The call after many messages, of which the first was found then.
    private Patience.Look BeginAfter(long found)
    {
        for (var i = 0; i < 5; i++) _patience.OnTaken(isAtWriter: false);
        FoundAt(_patience) = found;
        return _patience.Begin(hasSources: true);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_foundAt")]
    private static extern ref long FoundAt(Patience patience);
}
