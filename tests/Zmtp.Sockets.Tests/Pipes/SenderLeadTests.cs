using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Sockets.Pipes;

namespace Zmtp.Sockets.Tests.Pipes;

public class SenderLeadTests
{
    private readonly FakeTimeProvider _time = new();
    private SenderLead _lead;

    [Fact]
    public void OnQueued_QuickConnection_IsFarFromTheLimitOnUntilHalfIsLeft()
    {
        Take(SenderLead.QuickTime);
        Assert.False(_lead.OnQueued(SenderLead.Far - 1));
        Assert.False(_lead.IsFar);
        Assert.True(_lead.OnQueued(SenderLead.Far));
        Assert.True(_lead.IsFar);
        Assert.False(_lead.OnQueued(SenderLead.Far + 1));
        Assert.False(_lead.CatchUp(SenderLead.Near + 1));
        Assert.True(_lead.IsFar);
        Assert.True(_lead.CatchUp(SenderLead.Near));
        Assert.False(_lead.IsFar);
        Assert.False(_lead.CatchUp(0));
    }

    [Fact]
    public void OnQueued_SlowConnection_IsNeverFar()
    {
        Take(SenderLead.QuickTime + TimeSpan.FromTicks(1));
        _lead.OnQueued(16 * SenderLead.Far);
        Assert.False(_lead.IsFar);
    }

    [Fact]
    public void OnQueued_NothingHasLeftYet_IsNotFar()
    {
        _lead.OnLeft(SenderLead.Near - 1, _time);
        _lead.OnQueued(16 * SenderLead.Far);
        Assert.False(_lead.IsFar);
    }

    [Fact]
    public void OnLeft_QuickConnectionBecomesSlow_IsNotFarAgain()
    {
        Take(TimeSpan.Zero);
        Take(TimeSpan.FromSeconds(1));
        _lead.OnQueued(SenderLead.Far);
        Assert.False(_lead.IsFar);
    }

    [Fact]
    public void GiveUp_IsNotFarBeforeTheConnectionIsQuickAgain()
    {
        Take(TimeSpan.Zero);
        _lead.OnQueued(SenderLead.Far);
        _lead.GiveUp();
        Assert.False(_lead.IsFar);
        _lead.OnQueued(2 * SenderLead.Far);
        Assert.False(_lead.IsFar);
        Take(TimeSpan.Zero);
        _lead.OnQueued(2 * SenderLead.Far);
        Assert.True(_lead.IsFar);
    }

    // The first judgement only begins the time.
    private void Take(TimeSpan time)
    {
        _lead.OnLeft(SenderLead.Near, _time);
        _time.Advance(time);
        _lead.OnLeft(SenderLead.Near - 1, _time);
        _lead.OnLeft(1, _time);
    }
}
