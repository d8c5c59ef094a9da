using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>There is no memory for a message that has come, where somebody waits for one: who receives hears of it, and not who sends or reads.</summary>
public class ScarceReceiverTests
{
    [Fact]
    public async Task RECEIVE_NoMemoryForWhatHasCome_ItsCallHearsOfItAndTheNextReceivesWhatFollows()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);
        await Join.ToAsync(pull, push, "inproc");
        LackMemoryOnce(pull);
        var first = pull.ReceiveAsync(TestTimeout.Token).AsTask();
        var second = pull.ReceiveAsync(TestTimeout.Token).AsTask();

        Assert.True(push.TrySend("1"));

        await Assert.ThrowsAsync<InsufficientMemoryException>(() => first.WithinAsync());
        Assert.True(push.TrySend("2"));
        using var message = await second.WithinAsync();
        Assert.Equal("2", message.AsString());
    }

    [Fact]
    public async Task RECEIVE_BlockedAndNoMemoryForWhatHasCome_HearsOfItAndTheNextCallReceives()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);
        await Join.ToAsync(pull, push, "inproc");
        LackMemoryOnce(pull);
        var receiving = Blocking.RunToItsWait(() => pull.Receive(TestTimeout.Default));

        Assert.True(push.TrySend("1"));
        Assert.True(push.TrySend("2"));

        await Assert.ThrowsAsync<InsufficientMemoryException>(() => receiving.WithinAsync());
        using var message = pull.Receive(TestTimeout.Default);
        Assert.Equal("2", message.AsString());
    }

    /// <summary>
    /// As if there were none for the message: whether it is wanted is asked where it is taken. By then it has left its queue and is lost, as it is not
    /// where taking it fails itself: of that these tests show nothing.
    /// </summary>
    private static void LackMemoryOnce(PullSocket pull)
    {
        var lacks = 1;
        pull.Receiver.Sift(_ => Interlocked.Exchange(ref lacks, 0) == 0 ? true : throw new InsufficientMemoryException());
    }
}
