using System.Diagnostics;
using Zmtp.Perf.Links;
using Zmtp.Sockets;

namespace Zmtp.Perf.Cases;

/// <summary>
/// PUB: sends when all subscriptions are there, so that every SUB gets everything. Between the warm-up and what counts it waits until all of
/// them have all of the former.
/// </summary>
internal sealed class PubHalf(Options options, Link link, ZmtpContext context)
    : CaseHalf(options with { HighWaterMark = options.HighWaterMark ?? 0 }, link, context)
{
    private static readonly TimeSpan SyncInterval = TimeSpan.FromMilliseconds(1);

    /// <summary>What is sent to warm up in each <see cref="SyncInterval"/>: little enough for every SUB to keep up.</summary>
    private const int WarmupOctets = 64 * 1024;

    private const int WarmupMessages = 250;

    /// <summary>A peer's subscription comes right behind its handshake; that is all we know of the SUBs of others.</summary>
    private static readonly TimeSpan SubscriptionTime = TimeSpan.FromMilliseconds(500);

    /// <summary>How far SUBs may be behind at the end of the warm-up.</summary>
    private static readonly TimeSpan WarmPatience = TimeSpan.FromSeconds(30);

    private readonly SenderClock _clock = new();
    private PubSocket _socket = null!;

    protected override TimeSpan Linger => Link.IsByHand ? TimeSpan.FromSeconds(20) : TimeSpan.Zero;

    protected override void Prepare()
    {
        _socket = Open(static (context, options) => new PubSocket(context, options));
        Attach(_socket);
        if (Link.IsByHand) WaitForSubscriptions();
        else WarmUpAndSynchronize();
    }

    protected override void Measure(Outcome outcome)
    {
        var body = NewBody();
        _clock.Start();
        var sent = SendUpTo(Options.Warmup, body, 0);
        WaitUntilWarm();
        sent = SendUpTo(Options.Warmup + Options.Count, body, sent);
        _clock.Report(outcome, sent);
    }

    protected override async Task MeasureAsync(Outcome outcome)
    {
        var body = NewBody();
        _clock.Start();
        var sent = await SendUpToAsync(Options.Warmup, body, 0);
        WaitUntilWarm();
        sent = await SendUpToAsync(Options.Warmup + Options.Count, body, sent);
        _clock.Report(outcome, sent);
    }

    /// <param name="total">How many messages are to have been sent then, counted from the very first.</param>
    /// <param name="body">What is sent.</param>
    /// <param name="sent">How many have been.</param>
    /// <returns>How many have been then.</returns>
    private long SendUpTo(long total, byte[] body, long sent)
    {
        var verifies = Options.Verify;
        for (; sent < total && !Link.IsStopping; sent++)
        {
            if (verifies) NumberedBody.Fill(body, sent);
            _socket.Send(body);
        }

        return sent;
    }

    /// <inheritdoc cref="SendUpTo"/>
    private async Task<long> SendUpToAsync(long total, byte[] body, long sent)
    {
        var verifies = Options.Verify;
        for (; sent < total && !Link.IsStopping; sent++)
        {
            if (verifies) NumberedBody.Fill(body, sent);
            await _socket.SendAsync(body);
        }

        return sent;
    }

    private void WaitUntilWarm()
    {
        if (!Link.IsByHand && Link.Wait(Notice.Warm, WarmPatience) is null) throw new MeasurementException("warm-up: timed out");
    }

    /// <summary>
    /// Has the code of both halves compiled as it will be used, by messages that do not count: a count says nothing of time, and at 16 octets a
    /// warm-up of half of it is over in a tenth of a second. The warm-up that was asked for follows.
    /// </summary>
    private void WarmUpAndSynchronize()
    {
        if (!Options.IsCold)
        {
            WaitForPeers();
            WarmUp(CompilerTime.Of(Options.Name));
        }

        WaitForSubscribers();
    }

    private void WarmUp(TimeSpan time)
    {
        var body = SyncMessage.WarmupFor(Options.Size);
        var burst = Math.Clamp(WarmupOctets / body.Length, 1, WarmupMessages);
        var pause = SyncInterval * Math.Max(1, body.Length / WarmupOctets);
        var begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < time && !Link.IsStopping)
        {
            for (var i = 0; i < burst; i++) Publish(body);
            Thread.Sleep(pause);
        }
    }

    /// <summary>PUB waits for nobody: there is nothing to await, but the code to warm up.</summary>
    private void Publish(byte[] body)
    {
        if (Options.Api == Api.Async) _socket.SendAsync(body).AsTask().GetAwaiter().GetResult();
        else _socket.Send(body);
    }

    /// <summary>PUB does not say who has subscribed to what: a message that arrives does.</summary>
    private void WaitForSubscribers()
    {
        var sync = SyncMessage.For(Options.Size);
        var begin = Stopwatch.GetTimestamp();
        while (Link.Wait(Notice.Subscribed, SyncInterval) is null)
        {
            if (Stopwatch.GetElapsedTime(begin) > Patience) throw new MeasurementException("waiting for subscriptions: timed out");
            _socket.Send(sync);
        }
    }

    private void WaitForSubscriptions()
    {
        WaitForPeers();
        Thread.Sleep(SubscriptionTime);
    }

    private void WaitForPeers()
    {
        var begin = Stopwatch.GetTimestamp();
        while (_socket.PeerCount < Options.Subscribers)
        {
            if (Stopwatch.GetElapsedTime(begin) > Patience) throw new MeasurementException("waiting for subscribers: timed out");
            Thread.Sleep(SyncInterval);
        }
    }
}
