using Xunit;
using Zmtp.Testing;
using Zmtp.Threading;

namespace Zmtp.Core.Tests.Threading;

public class SpinGateTests
{
    [Fact]
    public async Task SPINGATE_InterruptedWhileItIsTaken_EntersAndTheNextWaitIsInterrupted()
    {
        var gate = new SpinGate();
        var isInside = false;
        await Interrupted.RunAsync(
            body =>
            {
                using (gate.Hold()) body();
            },
            () =>
            {
                using (gate.Hold()) isInside = true;
            });
        Assert.True(isInside);
    }
}
