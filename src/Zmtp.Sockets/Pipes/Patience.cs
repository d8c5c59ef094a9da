using System.Diagnostics;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// How long a blocking receiver looks for a message before it sleeps, which costs a wake of some 25 µs on a virtual machine, and what it
/// looks at. Learns from whether looking has paid lately, so that a receiver that waits in vain soon waits asleep.
/// </summary>
/// <remarks>Several receivers at once spoil each other's counts, which are only a guide.</remarks>
internal sealed class Patience
{
    /// <summary>Looks at a queue that others fill.</summary>
    private const int Spins = 20;

    /// <summary>
    /// The longest pause before a look at a queue: 10 µs, by the clock, since the runtime's spins are of no certain length. A receiver that
    /// is as fast as its sender would else take each message the moment it is there, and the two would fight for the same cache lines at
    /// each of them; measured over inproc at 16 octets, that is four times slower than to take a handful at once.
    /// </summary>
    private static readonly long MaximumPause = Stopwatch.Frequency * 10 / 1_000_000;

    private static readonly long MinimumPause = MaximumPause / 16;

    /// <summary>Fewer messages than this between two pauses: the pause should be longer. Twice as many: shorter.</summary>
    private const int WantedAtOnce = 128;

    /// <summary>
    /// A receiver that finds messages one at a time does not pause, since the sender may be waiting for an answer; every 32nd time it
    /// pauses all the same, to see whether more come with one.
    /// </summary>
    private const int LoneLooks = 32;

    private const int Steps = 128;

    /// <summary>
    /// How long to ask for octets before sleeping at the sockets, 30 µs. Measured on two cores: it makes no difference to the median of a round
    /// trip, and takes a fifth off its p99.
    /// </summary>
    private static readonly long LongestTime = Stopwatch.Frequency * 30 / 1_000_000;

    /// <summary>The least that is left: each look in vain takes this much off, each that finds something doubles the time.</summary>
    private static readonly long ShortestTime = LongestTime / Steps;

    /// <summary>
    /// After so many messages in a row that came another way than through the sockets it looked at, of new peers for example, a receiver leaves
    /// them to the poller: two system calls for each socket and call.
    /// </summary>
    private const int ManyStrangers = 4;

    /// <summary>After how many calls such a receiver looks at the sockets again.</summary>
    private const int CallsAmongStrangers = 32;

    /// <summary>
    /// How long to look at a queue, 60 µs, when a message has come lately before that. Measured over inproc at 1 MiB, where a sender copies for 25 µs:
    /// to wake somebody for each message takes it 13 µs more.
    /// </summary>
    private static readonly long LongestQueueTime = Stopwatch.Frequency * 60 / 1_000_000;

    /// <summary>
    /// How long to ask for octets after a burst was sent, 300 µs, when the last one was answered within that time. Two ends that open and seal a hundred
    /// messages of 1 KiB in turn need as much: an end that falls asleep meanwhile is woken by the other, on the same core, and the second
    /// core idles. Measured so, under CURVE with libsodium: 200 µs gain nothing, 300 and 500 1.32 times the requests.
    /// </summary>
    private static readonly long LongestAnswerTime = Stopwatch.Frequency * 300 / 1_000_000;

    /// <summary>How long to look for the peer's next step of a handshake at most, 300 µs: one under CURVE takes some 100.</summary>
    private static readonly long LongestStepTime = Stopwatch.Frequency * 300 / 1_000_000;

    /// <summary>
    /// A thread that is back within this time, 50 µs, after all messages of a read, keeps its connections meanwhile: what others would read
    /// ahead in that time is worth less than their wakes and the system calls that give them the connections and take them again, for each
    /// read of 64 KiB. Measured over tcp: 1.27 times the messages of 8 KiB and 1.34 times those of 1 KiB.
    /// </summary>
    private static readonly long SoonTime = Stopwatch.Frequency * 50 / 1_000_000;

    /// <summary>
    /// A thread that is mostly away for longer keeps them only if this time it was less than 2 ms and there is nothing to read when it is
    /// back: others would have read ahead nothing, since the peer waits for its answers or is the slower end.
    /// </summary>
    private static readonly long LongTime = Stopwatch.Frequency * 2 / 1000;

    private long _time = LongestTime;
    private long _answerTime = LongestAnswerTime;
    private long _stepTime = LongestStepTime;
    private long _queueTime;
    private int _strangers;
    private int _calls;
    private int _taken;
    private int _run;
    private int _lone;
    private long _pause;
    private bool _isAtWriter;
    private bool _hasBegun;

    // When a thread that looked at sockets had a message last, and how long it mostly stays away after one.
    private long _foundAt;
    private long _away;

    /// <summary>A message was taken.</summary>
    /// <param name="isAtWriter">Whether the next one is to be looked for where its sender writes.</param>
    public void OnTaken(bool isAtWriter)
    {
        _isAtWriter = isAtWriter;

        // Where no call ever blocks, Begin never sets the count back.
        if (_taken == int.MaxValue) return;
        _taken++;
        _run++;
    }

    /// <summary>Before a call that may wait takes a message: if it would look where its sender writes, lets a few come together first.</summary>
    public void Pace()
    {
        if (!_isAtWriter) return;
        _isAtWriter = false;
        PauseAfter(_run);
        _run = 0;
    }

    /// <summary>Whether this call is to look at sockets at all.</summary>
    public bool LooksAtSockets() => _strangers < ManyStrangers || ++_calls % CallsAmongStrangers == 0;

    /// <summary>A message has come to a thread that looked at sockets.</summary>
    /// <param name="isOwn">Whether that thread has read anything.</param>
    public void OnFound(bool isOwn)
    {
        _strangers = isOwn ? 0 : Math.Min(_strangers + 1, ManyStrangers);
        _foundAt = Stopwatch.GetTimestamp();
    }

    /// <summary>Begins to look.</summary>
    /// <param name="hasSources">Whether there are connections to be asked for octets, a system call each.</param>
    /// <param name="hasSentBurst">Whether a burst was sent just now; <see cref="OnAnswer"/> is to be told what became of it.</param>
    public Look Begin(bool hasSources, bool hasSentBurst = false)
    {
        var taken = _taken;

        // A first wait counts for nothing: a socket that is there for one answer does not come back.
        var isLone = _hasBegun && taken <= 1;
        _hasBegun = true;
        var isPaced = taken == 0 || _run < taken;
        _taken = _run = 0;
        if (hasSources) return BeginForOctets(hasSentBurst ? Math.Max(_time, _answerTime) : _time, isLone);
        if (!isPaced) PauseAfter(taken);
        return new Look(_queueTime == 0 ? 0 : Stopwatch.GetTimestamp() + _queueTime, Spins);
    }

    private Look BeginForOctets(long time, bool isLone)
    {
        var now = Stopwatch.GetTimestamp();

        // Another receiver may have found a message since.
        var away = Math.Max(now - _foundAt, 0);

        // One long time among many short ones is the system's doing, which had something else for this thread's core; and the other way
        // round. Read once: others may change it in between, and the least would be above the most.
        var last = Volatile.Read(ref _away);
        _away = Math.Clamp(away, last / 2, (2 * last) + ShortestTime);
        return new Look(now + time, spins: 0)
        {
            // Messages come one at a time: it will wait again soon, and meanwhile, however long, there is nothing for others to read ahead.
            IsSoonBack = isLone || (_foundAt != 0 && _away < SoonTime),
            MayBeAhead = away < LongTime,
        };
    }

    /// <summary>Begins to look for the peer's next step of a handshake.</summary>
    public Look BeginStep() => new(Stopwatch.GetTimestamp() + _stepTime, spins: 0);

    /// <summary>Ends the look. A thread that is kept waiting, by a peer that is far away or silent, soon waits asleep.</summary>
    public void EndStep(bool hasCome) => _stepTime = hasCome ? LongestStepTime : _stepTime / 2;

    /// <summary>How long it looks for the next step: for tests.</summary>
    internal TimeSpan StepTime => Stopwatch.GetElapsedTime(0, _stepTime);

    private void PauseAfter(int taken)
    {
        if (taken <= 1) _pause = _pause > MinimumPause ? _pause / 4 : ++_lone % LoneLooks == 0 ? MaximumPause / 4 : 0;
        else if (taken < WantedAtOnce) _pause = Math.Clamp(2 * _pause, MinimumPause, MaximumPause);
        else if (taken >= 2 * WantedAtOnce) _pause /= 2;
        if (_pause > 0) Wait(_pause);
    }

    private static void Wait(long time)
    {
        var end = Stopwatch.GetTimestamp() + time;
        while (Stopwatch.GetTimestamp() < end) Thread.SpinWait(1);
    }

    /// <summary>Ends a look.</summary>
    public void End(in Look look, bool hasCome)
    {
        if (look.IsForOctets) _time = Math.Clamp(hasCome ? 2 * _time : _time - ShortestTime, ShortestTime, LongestTime);
        else if (!hasCome) _queueTime /= 2;
    }

    /// <summary>A message has come to a thread that looked at a queue and fell asleep.</summary>
    /// <param name="start">When it began to look.</param>
    public void OnWoken(long start)
    {
        if (Stopwatch.GetTimestamp() - start < LongestQueueTime) _queueTime = LongestQueueTime;
    }

    /// <summary>A wait that began with a burst is over.</summary>
    /// <param name="hasCome">Whether with a message, found or slept for.</param>
    /// <param name="start">Since when it was waited for.</param>
    public void OnAnswer(bool hasCome, long start) => _answerTime =
        hasCome && Stopwatch.GetTimestamp() - start < LongestAnswerTime ? LongestAnswerTime : _answerTime / 2;

    /// <summary>How long it looks for the answers to a burst, at least: for tests.</summary>
    internal TimeSpan AnswerTime => Stopwatch.GetElapsedTime(0, _answerTime);

    /// <summary>One wait of one receiver.</summary>
    /// <param name="end">When to give up, other cores being left to others meanwhile.</param>
    /// <param name="spins">How often to look at the queue before that; 0 to ask for octets.</param>
    public struct Look(long end, int spins)
    {
        private SpinWait _spin;
        private int _pauses;

        /// <summary>Whether the thread is likely to be back soon with the next call.</summary>
        public bool IsSoonBack { get; init; }

        /// <summary>Whether the thread may be faster than the peer: then there is nothing at its first look.</summary>
        public bool MayBeAhead { get; init; }

        /// <summary>Whether connections are to be asked for octets; else others bring them.</summary>
        public readonly bool IsForOctets => spins == 0;

        /// <summary>Whether others would gain little by reading ahead until the next call: the connections stay with this thread.</summary>
        public readonly bool KeepsConnections => IsSoonBack || (MayBeAhead && _pauses > 0);

        /// <summary>Pauses until the next look. False: it is time to sleep.</summary>
        public bool Pause()
        {
            if (_pauses++ < spins)
            {
                if (!LargeCopy.Help()) _spin.SpinOnce(sleep1Threshold: -1);
                return _pauses < spins || end != 0;
            }

            if (!LargeCopy.Help()) Thread.Yield();
            return Stopwatch.GetTimestamp() < end;
        }
    }
}
