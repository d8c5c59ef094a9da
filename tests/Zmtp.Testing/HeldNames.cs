using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;

namespace Zmtp.Testing;

/// <summary>A name service that answers when the test says so, and whose thread cannot be called off until then.</summary>
public sealed class HeldNames : IDisposable
{
    private readonly Channel<Question> _asked = Channel.CreateUnbounded<Question>();
    private readonly ConcurrentBag<Question> _all = [];

    /// <summary>Blocks until the question is answered.</summary>
    public IPAddress[] Ask(string name)
    {
        var question = new Question(name, Thread.CurrentThread.IsThreadPoolThread, Thread.CurrentThread.Name);
        _all.Add(question);
        _asked.Writer.TryWrite(question);
        return question.Wait();
    }

    /// <summary>How often it was asked.</summary>
    public int Count => _all.Count;

    /// <summary>The next question.</summary>
    public Task<Question> NextAsync() => _asked.Reader.ReadAsync().WithinAsync();

    /// <summary>Lets the threads go that still wait.</summary>
    public void Dispose()
    {
        foreach (var question in _all) question.Answer();
    }

    /// <summary>What was asked, and by whom.</summary>
    public sealed record Question(string Name, bool IsOnPool, string? ThreadName)
    {
        private readonly TaskCompletionSource<IPAddress[]> _answer = new();

        /// <summary>Answers.</summary>
        public void Answer(params IPAddress[] addresses) => _answer.TrySetResult(addresses);

        /// <summary>Fails.</summary>
        public void Fail(Exception error) => _answer.TrySetException(error);

        internal IPAddress[] Wait() => _answer.Task.GetAwaiter().GetResult();
    }
}
