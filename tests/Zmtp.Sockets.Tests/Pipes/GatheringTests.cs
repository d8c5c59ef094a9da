using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Pipes;

/// <summary>What is reminded of, and when; the ticks are the tests' own.</summary>
public sealed class GatheringTests : DisposedTests
{
    private readonly ZmtpContext _context = Searched.NewContext();
    private readonly DealerSocket _socket;
    private readonly Gathering _gathering = new(new Reminder(TimeSpan.FromDays(1)));

    public GatheringTests() => _socket = new DealerSocket(_context, Sut.Quick);

    public override async ValueTask DisposeAsync()
    {
        await _socket.DisposeAsync();
        await _context.DisposeAsync();
    }

    [Fact]
    public void GATHERING_PromiseThatIsTwoTicksOld_IsForgotten()
    {
        var pipe = NewPipe();
        _gathering.Add(pipe, isPromised: true);
        Assert.True(_gathering.Remind());
        Assert.True(pipe.IsGathering);
        Assert.False(_gathering.Remind());
        Assert.False(pipe.IsGathering);
    }

    [Fact]
    public void GATHERING_PromiseThatWasRenewed_IsNotOld()
    {
        var renewed = NewPipe();
        var old = NewPipe();
        _gathering.Add(renewed, isPromised: true);
        _gathering.Add(old, isPromised: true);
        _gathering.Remind();
        _gathering.Add(renewed, isPromised: true);
        Assert.True(_gathering.Remind());
        Assert.True(renewed.IsGathering);
        Assert.False(old.IsGathering);
    }

    [Fact]
    public void GATHERING_Flushed_NothingIsLeftToRemindOf()
    {
        var pipes = Enumerable.Range(0, 3).Select(_ => NewPipe()).ToArray();
        foreach (var pipe in pipes) _gathering.Add(pipe, isPromised: true);
        _gathering.Remind();
        Assert.True(_gathering.Flush());
        Assert.False(_gathering.Flush());
        Assert.All(pipes, static pipe => Assert.False(pipe.IsGathering));
        Assert.False(_gathering.Remind());
    }

    [Fact]
    public void GATHERING_PipesAreRemoved_TheOthersKeepTheirTime()
    {
        var (first, second, third) = (NewPipe(), NewPipe(), NewPipe());
        _gathering.Add(first, isPromised: true);
        _gathering.Add(second, isPromised: true);
        _gathering.Remind();
        _gathering.Add(third, isPromised: true);
        _gathering.Remove(first);
        Assert.True(_gathering.Remind());
        Assert.False(first.IsGathering || second.IsGathering);
        Assert.True(third.IsGathering);
    }

    [Fact]
    public void GATHERING_LoopsWereCalled_NobodyComesForThem()
    {
        var called = NewPipe();
        var promised = NewPipe();
        _gathering.Add(called, isPromised: false);
        _gathering.Add(promised, isPromised: true);
        _gathering.Remove(promised);
        Assert.False(_gathering.Remind());
    }

    private Pipe NewPipe() => new(_socket, "tcp://127.0.0.1:1", outlivesConnection: false);
}
