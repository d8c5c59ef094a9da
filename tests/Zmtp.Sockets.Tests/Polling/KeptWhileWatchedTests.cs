using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Transports.Polling;

namespace Zmtp.Sockets.Tests.Polling;

/// <summary>Who waits for a message to be there is told by others, who have to read: no connection may be kept from them meanwhile.</summary>
public class KeptWhileWatchedTests
{
    [PollerFact]
    public async Task WaitToReceive_ABlockedCallHasKeptItsConnections_TheyAreGivenBack()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        await Join.ToAsync(pull, push);
        var lookouts = Lookouts(pull.Receiver);
        lookouts.Keep(lookouts.Take()!);

        var waiting = pull.WaitToReceiveAsync().AsTask();

        Assert.False(lookouts.HasKept);
        await push.SendAsync("x", TestTimeout.Token);
        Assert.True(await waiting.WithinAsync());
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_lookouts")]
    private static extern ref SpareLookouts Lookouts(Receiver receiver);
}
