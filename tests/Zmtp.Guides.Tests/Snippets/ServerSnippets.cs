using System.Collections.Concurrent;
using Xunit;
using Zmtp;
using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Zap;

namespace Guides.Snippets;

/// <summary>A server that answers many at once.</summary>
public sealed class ServerSnippets
{
    private readonly ConcurrentQueue<string> _asked = new();
    private readonly TaskCompletionSource<Exception> _logged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _allAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task AnswersManyAtOnce()
    {
        await using var context = Searched.NewContext();
        using var authenticator = new Authenticator();
        using var users = new MemoryPasswordStore();
        string[] names = ["ann", "joe", "zoe"];
        foreach (var name in names) users.SetClearText(name, Searched.Password($"{name}'s password"));
        authenticator.ConfigurePlain("*", users);
        context.Use(authenticator);
        await using var server = new RouterSocket(context, new() { Security = PlainSecurity.Server() });
        var endpoint = await server.BindAsync("tcp://127.0.0.1:*");
        using var source = new CancellationTokenSource();
        var serving = ServeAsync(server, source.Token);

        // Who does not say what a REQ says, and who asks what cannot be answered, does no harm to the others.
        await using var stranger = new DealerSocket(context, new() { Security = PlainSecurity.Client("ann", "ann's password") });
        stranger.Connect(endpoint);
        await stranger.SendAsync("two frames, with the routing id", TestTimeout.Token);
        await stranger.SendAsync(Message.Of("", "nonsense"), TestTimeout.Token);
        Assert.IsType<FormatException>(await _logged.Task.WithinAsync());
        var answers = await Task.WhenAll(names.Select(name => AskAsync(context, endpoint, name))).WithinAsync();

        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving.WithinAsync());
        Assert.Equal(["ann asked 7", "joe asked 7", "zoe asked 7"], answers);
    }

    private static async Task<string> AskAsync(ZmtpContext context, string endpoint, string name)
    {
        await using var client = new ReqSocket(context, new() { Security = PlainSecurity.Client(name, $"{name}'s password") });
        client.Connect(endpoint);
        await client.SendAsync("7", TestTimeout.Token);
        using var answer = await client.ReceiveAsync(TestTimeout.Token);
        return answer.AsString();
    }

    private async Task ServeAsync(RouterSocket server, CancellationToken stop)
    {
        // snippet: answer-many
        await foreach (var request in server.WithCancellation(stop))
        {
            if (request.FrameCount == 3) _ = AnswerAsync(request); // routing id, empty frame, request
            else request.Dispose();
        }

        async Task AnswerAsync(Message request)
        {
            using (request)
            {
                try
                {
                    var answer = await LookUpAsync(request.UserId, request.AsString(2), stop);
                    using var reply = Message.Of(request[0], "").Append(answer); // after a failure it is still yours
                    await server.SendAsync(reply, stop);
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                    // The server is at its end.
                }
                catch (Exception e) // nobody awaits AnswerAsync: what it may throw, it catches
                {
                    Log(e);
                }
            }
        }
        // end
    }

    private void Log(Exception error) => _logged.TrySetResult(error);

    /// <summary>Answers nobody before all have asked: who waits for an answer keeps nobody else waiting.</summary>
    private async Task<string> LookUpAsync(string userId, string request, CancellationToken stop)
    {
        if (request != "7") throw new FormatException($"What is {request}?");
        _asked.Enqueue(userId);
        if (_asked.Count == 3) _allAsked.SetResult();
        await _allAsked.Task.WaitAsync(stop);
        return $"{userId} asked {request}";
    }
}
