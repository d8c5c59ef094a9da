using Xunit;
using Zmtp.Engine;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Engine;

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
