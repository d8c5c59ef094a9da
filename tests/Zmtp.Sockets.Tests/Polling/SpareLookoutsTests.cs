using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Testing;
using Zmtp.Transports.Polling;

namespace Zmtp.Sockets.Tests.Polling;

public class SpareLookoutsTests
{
    [PollerFact]
    public void LOOKOUTS_TwoCallsBlockAtOnceAgainAndAgain_TheSameTwoAreUsed()
    {
        var spare = new SpareLookouts();
        var seen = new HashSet<Lookout>();
        for (var i = 0; i < 10; i++)
        {
            var first = spare.Take()!;
            var second = spare.Take()!;
            seen.Add(first);
            seen.Add(second);
            spare.GiveBack(first);
            spare.GiveBack(second);
        }

        Assert.Equal(2, seen.Count);
        spare.Close();
    }

    [PollerFact]
    public void LOOKOUTS_MoreThanAreKept_AreClosed()
    {
        var spare = new SpareLookouts();
        var taken = Enumerable.Range(0, 10).Select(_ => spare.Take()!).ToArray();
        foreach (var lookout in taken) spare.GiveBack(lookout);
        Assert.Equal(4, taken.Count(static lookout => !lookout.IsClosed));
        spare.Close();
        Assert.All(taken, static lookout => Assert.True(lookout.IsClosed));
    }

    [PollerFact]
    public void LOOKOUTS_ComesBackAfterClose_IsClosed()
    {
        var spare = new SpareLookouts();
        var lookout = spare.Take()!;
        spare.Close();
        Assert.False(lookout.IsClosed);
        spare.GiveBack(lookout);
        Assert.True(lookout.IsClosed);
    }

    [PollerFact]
    public void LOOKOUTS_Kept_IsTheNextOneAndForgottenAtTheSecondTick()
    {
        var spare = new SpareLookouts();
        var kept = spare.Take()!;
        var other = spare.Take()!;
        spare.Keep(kept);
        spare.GiveBack(other);
        Assert.Same(kept, spare.Take());
        spare.Keep(kept);
        Assert.True(spare.HasKept);
        Assert.True(spare.Remind());
        Assert.True(spare.HasKept);
        Assert.False(spare.Remind());
        Assert.False(spare.HasKept);
        spare.Close();
        Assert.True(kept.IsClosed);
        Assert.True(other.IsClosed);
    }
}
