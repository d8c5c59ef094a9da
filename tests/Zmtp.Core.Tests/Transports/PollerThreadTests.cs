using System.Runtime.InteropServices;
using Xunit;
using Zmtp.Transports.Polling;

namespace Zmtp.Core.Tests.Transports;

/// <summary>A thread of the application that does the work of one of the poller's.</summary>
public class PollerThreadTests
{
    /// <summary>Tests that need it are skipped where it is not; here it has to be.</summary>
    [Fact]
    public void POLLER_OnLinuxOfX64AndArm64_IsThere() => Assert.Equal(
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is (Architecture.X64 or Architecture.Arm64), Poller.Shared is not null);

    [Fact]
    public void STANDIN_AnotherWaitIsEndedMeanwhile_ItIsStillOneAfterwards()
    {
        var wasOne = new List<bool>();
        PollerThread.StandIn(NewWait(() =>
        {
            PollerThread.StandIn(NewWait(() => wasOne.Add(PollerThread.IsCurrent)));
            wasOne.Add(PollerThread.IsCurrent);
        }));
        Assert.Equal([true, true], wasOne);
        Assert.False(PollerThread.IsCurrent);
    }

    [Fact]
    public void STANDIN_ThreadHasASynchronizationContext_TheEngineDoesNotSeeIt()
    {
        var before = SynchronizationContext.Current;
        var own = new SynchronizationContext();
        SynchronizationContext.SetSynchronizationContext(own);
        try
        {
            var seen = own;
            PollerThread.StandIn(NewWait(() => seen = SynchronizationContext.Current));
            Assert.Null(seen);
            Assert.Same(own, SynchronizationContext.Current);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private static SocketWait NewWait(Action then)
    {
        var wait = new SocketWait();
        var begun = ThenAsync(wait, then);
        Assert.False(begun.IsCompleted);
        Assert.True(wait.TryTake());
        return wait;
    }

    private static async Task ThenAsync(SocketWait wait, Action then)
    {
        await wait.Begin().ConfigureAwait(false);
        then();
    }
}
