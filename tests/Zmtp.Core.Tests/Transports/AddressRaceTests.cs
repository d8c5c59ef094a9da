using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Xunit;
using Zmtp.Testing;
using Zmtp.Testing.Steady;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

public sealed class AddressRaceTests : IDisposable
{
    private static readonly TimeSpan HeadStart = AddressRace.HeadStartOf(null);
    private static readonly IPAddress[] Addresses = [IPAddress.Parse("192.0.2.0"), IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2")];

    private readonly TimersTold _time = new();
    private readonly List<Attempt> _attempts = [];
    private readonly CancellationTokenSource _giveUp = new();

    public void Dispose() => _giveUp.Dispose();

    [Fact]
    public async Task RACE_FirstDoesNotAnswer_NextIsBegunAfterItsHeadStartAndWins()
    {
        var racing = RaceAsync();
        await _time.MadeAsync(HeadStart);
        Assert.Single(_attempts);

        _time.Advance(HeadStart - TimeSpan.FromMilliseconds(1));
        Assert.Single(_attempts);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        WaitUntilBegun(2);
        var connection = _attempts[1].Succeed();

        Assert.Same(connection, await racing.WithinAsync());
        Assert.Equal((2, true), (_attempts.Count, _attempts[0].Task.IsCanceled));
        Assert.False(connection.IsClosed);
    }

    [Fact]
    public async Task RACE_FirstAnswersAfterTheNextWasBegun_WinsAllTheSame()
    {
        var racing = RaceAsync();
        await PassHeadStartAsync(begun: 2);

        var connection = _attempts[0].Succeed();

        Assert.Same(connection, await racing.WithinAsync());
        Assert.True(_attempts[1].Task.IsCanceled);
    }

    [Fact]
    public async Task RACE_OneFails_NextIsBegunAtOnce()
    {
        var racing = RaceAsync();
        _attempts[0].Fail(SocketError.ConnectionRefused);
        WaitUntilBegun(2);
        _attempts[1].Fail(SocketError.NetworkUnreachable);
        WaitUntilBegun(3);

        var connection = _attempts[2].Succeed();

        Assert.Same(connection, await racing.WithinAsync());
    }

    /// <summary>A name may have hundreds of addresses, and each attempt has a descriptor.</summary>
    [Fact]
    public async Task RACE_AsManyTryAsMayAtOnce_TheNextWaitsForOneToEnd()
    {
        var racing = RaceAsync(headStart: TimeSpan.Zero, maxAtOnce: 2);
        Assert.Equal(2, _attempts.Count);

        _attempts[0].Fail(SocketError.TimedOut);
        WaitUntilBegun(3);
        var connection = _attempts[2].Succeed();

        Assert.Same(connection, await racing.WithinAsync());
        Assert.True(_attempts[1].Task.IsCanceled);
    }

    /// <summary>Where the first ones do not answer at all their time is not that of all others: each has its turn.</summary>
    [Theory]
    [InlineData(100, 2, 2, null)]
    [InlineData(100, 3, 2, 200)]
    [InlineData(100, 3, 1, 100)]
    [InlineData(null, 3, 2, null)]
    public void RACE_MoreAddressesThanMayTryAtOnce_EachHasItsShareOfTheTime(int? share, int addresses, int maxAtOnce, int? turn) =>
        Assert.Equal(
            turn,
            AddressRace.TurnOf(share is { } some ? TimeSpan.FromMilliseconds(some) : null, addresses, maxAtOnce)?.TotalMilliseconds);

    [Fact]
    public async Task RACE_FirstAnswersAtOnce_IsAloneAndOverOnTheCallersThread()
    {
        var racing = RaceAsync(static attempt => attempt.Succeed());

        Assert.True(racing.IsCompletedSuccessfully);
        Assert.Single(_attempts);
        Assert.False(_attempts[0].Connection.IsClosed);
    }

    [Fact]
    public async Task RACE_OneIsConnectedAsItIsCalledOff_IsClosed()
    {
        var racing = RaceAsync();
        _attempts[0].AnswersWhenCalledOff = true;
        await PassHeadStartAsync(begun: 2);

        var connection = _attempts[1].Succeed();

        Assert.Same(connection, await racing.WithinAsync());
        Assert.Equal((true, false), (_attempts[0].Connection.IsClosed, connection.IsClosed));
    }

    [Fact]
    public async Task RACE_AllFail_ErrorIsOfTheLastAddress()
    {
        var racing = RaceAsync();
        await PassHeadStartAsync(begun: 2);
        _attempts[1].Fail(SocketError.NetworkUnreachable);
        WaitUntilBegun(3);
        _attempts[2].Fail(SocketError.ConnectionRefused);
        Assert.False(racing.IsCompleted);
        _attempts[0].Fail(SocketError.HostUnreachable);

        var error = await Assert.ThrowsAsync<SocketException>(() => racing.WithinAsync());
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }

    [Fact]
    public void RACE_ThousandsFail_EachCostsNoMoreThanOneOfFew()
    {
        var refused = Task.FromException<TransportConnection>(new SocketException((int)SocketError.ConnectionRefused));
        long AllocatedBy(int addresses) => OwnAllocations.LeastOf(() =>
        {
            using var limit = new ConnectTimeLimit(null, _giveUp.Token);
            var race = AddressRace.ConnectAsync(
                new IPAddress[addresses], (_, _) => refused, AddressRace.MaxAtOnce, HeadStart, _time, limit);
            Assert.True(race.IsFaulted);
        });

        // Each look at an error allocates 176 octets.
        Assert.InRange(AllocatedBy(2_000), 0, AllocatedBy(8) + (2_000 * 500));
    }

    [Fact]
    public async Task RACE_CallerGivesUp_AllAreCalledOffAndNoneIsBegun()
    {
        var racing = RaceAsync();
        await PassHeadStartAsync(begun: 2);

        await _giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => racing.WithinAsync());
        Assert.Equal(2, _attempts.Count);
        Assert.All(_attempts, static attempt => Assert.True(attempt.Task.IsCanceled));
    }

    [Fact]
    public async Task RACE_CallerGivesUpAfterTheLastOneHasFailed_IsCanceledAndNoErrorOfThatOne()
    {
        var racing = RaceAsync(attempt =>
        {
            if (_attempts.Count > 0) attempt.Fail(SocketError.ConnectionRefused);
        });
        await PassHeadStartAsync(begun: 3);

        await _giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => racing.WithinAsync());
    }

    [Fact]
    public async Task RACE_OneFailsForAnotherReasonThanItsAddress_EndsAllAtOnce()
    {
        var racing = RaceAsync();
        await PassHeadStartAsync(begun: 2);

        _attempts[0].Fail(new ThreadInterruptedException());

        await Assert.ThrowsAsync<ThreadInterruptedException>(() => racing.WithinAsync());
        Assert.Equal((2, true), (_attempts.Count, _attempts[1].Task.IsCanceled));
    }

    [Theory]
    [InlineData(null, 250)]
    [InlineData(5000, 250)]
    [InlineData(100, 100)]
    [InlineData(1, 10)]
    public void RACE_TimeIsShort_HeadStartLetsEachHaveItsTurn(int? share, int headStart) =>
        Assert.Equal(headStart, AddressRace.HeadStartOf(share is { } some ? TimeSpan.FromMilliseconds(some) : null).TotalMilliseconds);

    private async Task<TransportConnection> RaceAsync(Action<Attempt>? begun = null, TimeSpan? headStart = null, int maxAtOnce = AddressRace.MaxAtOnce)
    {
        using var limit = new ConnectTimeLimit(null, _giveUp.Token);
        return await AddressRace.ConnectAsync(
            Addresses, (address, stop) => Begin(address, begun, stop).Task, maxAtOnce, headStart ?? HeadStart, _time, limit);
    }

    private Attempt Begin(IPAddress address, Action<Attempt>? begun, CancellationToken stop)
    {
        lock (_attempts)
        {
            Assert.Equal(Addresses[_attempts.Count], address);
            var attempt = new Attempt(stop);
            begun?.Invoke(attempt);
            _attempts.Add(attempt);
            return attempt;
        }
    }

    private async Task PassHeadStartAsync(int begun)
    {
        await _time.MadeAsync(HeadStart);
        _time.Advance(HeadStart);
        WaitUntilBegun(begun);
    }

    private void WaitUntilBegun(int count) => Assert.True(SpinWait.SpinUntil(
        () =>
        {
            lock (_attempts) return _attempts.Count >= count;
        },
        TestTimeout.Default));

    private sealed class Attempt
    {
        private readonly TaskCompletionSource<TransportConnection> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Attempt(CancellationToken stop) => stop.Register(() =>
        {
            if (AnswersWhenCalledOff) Succeed();
            else _end.TrySetCanceled(stop);
        });

        public bool AnswersWhenCalledOff { get; set; }

        public Task<TransportConnection> Task => _end.Task;

        public Connection Connection { get; } = new();

        public Connection Succeed()
        {
            _end.SetResult(Connection);
            return Connection;
        }

        public void Fail(SocketError code) => Fail(new SocketException((int)code));

        public void Fail(Exception error) => _end.SetException(error);
    }

    private sealed class Connection : TransportConnection
    {
        public bool IsClosed { get; private set; }

        public override PipeReader Input => throw new NotSupportedException();

        public override PipeWriter Output => throw new NotSupportedException();

        public override string LocalEndpoint => "";

        public override string RemoteEndpoint => "";

        public override string PeerAddress => "";

        public override void CompleteOutput() => throw new NotSupportedException();

        public override void Abort() => throw new NotSupportedException();

        public override ValueTask DisposeAsync()
        {
            IsClosed = true;
            return default;
        }
    }
}
