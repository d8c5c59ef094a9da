using System.Net;
using System.Net.Sockets;
using Zmtp.Threading;

namespace Zmtp.Transports;

/// <summary>
/// Asks the name service, on threads of its own. On Unix asking blocks, for 5 s and longer where no name server answers, and cannot be called off; the
/// runtime has it block threads of the pool, which then keeps everything else of the process waiting.
/// </summary>
/// <remarks>
/// All callers that want a name while it is asked for get the one answer. It is not kept: a later caller asks anew. So there is one thread
/// for each name at most, and so many in all; names beyond them wait in line. Safe on any thread.
/// </remarks>
internal sealed class NameLookup
{
    /// <summary>Names that are asked for at once.</summary>
    public const int MaxAtOnce = 64;

    /// <summary>What its threads are called.</summary>
    public const string ThreadName = "Zmtp name lookup";

    /// <summary>The look-up that the whole process shares.</summary>
    public static readonly NameLookup Shared = new(Dns.GetHostAddresses);

    private readonly Func<string, IPAddress[]> _ask;
    private readonly Action<ThreadStart> _start;
    private readonly int _maxAtOnce;
    private readonly Lock _gate = new();

    // Under the gate: what is asked for or in line; the line; the threads.
    private readonly Dictionary<string, Question> _open = new(StringComparer.OrdinalIgnoreCase);
    private readonly Queue<Question> _line = new();
    private int _threads;

    /// <param name="ask">Blocks until the name service has answered; tests bring their own.</param>
    /// <param name="start">Starts a thread; tests have their own way.</param>
    /// <param name="maxAtOnce">Names that are asked for at once.</param>
    internal NameLookup(Func<string, IPAddress[]> ask, Action<ThreadStart>? start = null, int maxAtOnce = MaxAtOnce)
    {
        _ask = ask;
        _start = start ?? Start;
        _maxAtOnce = maxAtOnce;
    }

    /// <summary>The addresses of a name.</summary>
    /// <exception cref="SocketException">The name service knows of none, or does not answer; or there is no thread to ask it.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up. Nobody else does with it.</exception>
    public async Task<IPAddress[]> AddressesAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var question = Join(name, out var isToBegin);
        try
        {
            if (isToBegin) Begin(question);
            return await question.Answer.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            question.Leave();
        }
    }

    private static void Start(ThreadStart run) => new Thread(run) { IsBackground = true, Name = ThreadName }.UnsafeStart();

    private Question Join(string name, out bool isToBegin)
    {
        using (_gate.Hold())
        {
            isToBegin = false;
            if (!_open.TryGetValue(name, out var question))
            {
                question = new Question(name);
                isToBegin = _threads < _maxAtOnce;
                if (!isToBegin) _line.Enqueue(question);
                _open.Add(name, question);
                if (isToBegin) _threads++;
            }

            question.Enter();
            return question;
        }
    }

    /// <summary>Gives a question a thread; where there is none, the others in line have failed as well or have it.</summary>
    private void Begin(Question first)
    {
        for (Question? question = first; question is not null;)
        {
            var begun = question;
            try
            {
                _start(() => Run(begun));
                return;
            }
            catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
            {
                question = End(begun);
                begun.Fail(new SocketException(
                    (int)SocketError.NoBufferSpaceAvailable,
                    "there is no thread to ask the name service; this process has no memory, threads or file descriptors left"));
            }
        }
    }

    private void Run(Question first)
    {
        for (Question? question = first; question is not null;)
        {
            var asked = question;
            IPAddress[] addresses = [];
            Exception? error = null;
            try
            {
                addresses = _ask(asked.Name);
            }
            catch (Exception e)
            {
                error = e;
            }

            question = End(asked);
            if (error is null) asked.Succeed(addresses);
            else asked.Fail(error);
        }
    }

    /// <summary>Ends a question, before it is answered: a caller that gets the answer and asks once more must get a new question.</summary>
    /// <returns>The next one in line for its thread; null when there is none, and the thread is to end.</returns>
    private Question? End(Question ended)
    {
        using (_gate.Hold())
        {
            _open.Remove(ended.Name);
            while (_line.TryDequeue(out var next))
            {
                // Kept in line until now: a caller that comes back before its turn, as a connector does after a pause, has its old place.
                if (next.IsWanted) return next;
                _open.Remove(next.Name);
            }

            _threads--;
            return null;
        }
    }

    private sealed class Question(string name)
    {
        private readonly TaskCompletionSource<IPAddress[]> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _waiting;

        public string Name => name;

        public Task<IPAddress[]> Answer => _answer.Task;

        public bool IsWanted => Volatile.Read(ref _waiting) > 0;

        public void Enter() => Interlocked.Increment(ref _waiting);

        public void Leave() => Interlocked.Decrement(ref _waiting);

        public void Succeed(IPAddress[] addresses) => _answer.SetResult(addresses);

        public void Fail(Exception error)
        {
            _answer.SetException(error);

            // Seen: maybe nobody waits any more.
            _ = _answer.Task.Exception;
        }
    }
}
