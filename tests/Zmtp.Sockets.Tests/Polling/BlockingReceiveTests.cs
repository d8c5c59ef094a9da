using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Polling;

/// <summary>A blocked call that watches its sockets itself.</summary>
public class BlockingReceiveTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(25)]
    public async Task RECEIVE_NothingComes_TheTimeIsNotSpentTwice(int milliseconds)
    {
        await using var context = Searched.NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);
        await Join.ToAsync(pull, push);
        var timeout = TimeSpan.FromMilliseconds(milliseconds);
        var shortest = TimeSpan.MaxValue;
        for (var i = 0; i < 20; i++)
        {
            var start = Stopwatch.GetTimestamp();
            Assert.False(pull.TryReceive(timeout, out _));
            var taken = Stopwatch.GetElapsedTime(start);
            Assert.True(taken >= timeout - TimeSpan.FromMilliseconds(1), $"It gave up after {taken}.");
            if (taken < shortest) shortest = taken;
        }

        Assert.True(shortest < 1.5 * timeout, $"The quickest of 20 took {shortest}.");
    }

    [Fact]
    public void PATIENCE_TwoThousandMillionMessagesWithoutABlockingCall_GoesOn()
    {
        var patience = new Patience();
        Taken(patience) = int.MaxValue;
        patience.OnTaken();
        patience.OnTaken();
        patience.Begin(hasSources: false);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_taken")]
    private static extern ref int Taken(Patience patience);
}
