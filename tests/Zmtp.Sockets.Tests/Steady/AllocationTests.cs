using System.Globalization;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Steady;

[Collection("allocation")]
public class AllocationTests
{
    private const int WarmUp = 20_000;
    private const int Measured = 100_000;
    private static readonly byte[] Body = new byte[32];

    public static TheoryData<string, string, bool> Lines => new()
    {
        { "tcp", "NULL", true }, { "tcp", "NULL", false }, { "tcp", "CURVE", true }, { "tcp", "CURVE", false },
        { "ipc", "NULL", true }, { "inproc", "NULL", true }, { "inproc", "NULL", false },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task PushPull_SteadyStreamOfSmallMessages_AllocatesNothingPerMessage(string transport, string mechanism, bool isAsync)
    {
        await using var context = Join.NewContext();
        var (server, client) = Join.Roles(mechanism);
        await using var pull = new PullSocket(context, server);
        await using var push = new PushSocket(context, client);
        await Join.ToAsync(pull, push, transport);
        await RunAsync(push, pull, WarmUp, isAsync);

        // The pools of the runtime fill up at their own pace: the steady state is what the best of a few rounds shows.
        var best = double.MaxValue;
        for (var round = 0; round < 8 && best >= 0.5; round++)
        {
            var before = GC.GetTotalAllocatedBytes(true);
            await RunAsync(push, pull, Measured, isAsync);
            best = Math.Min(best, (GC.GetTotalAllocatedBytes(true) - before) / (double)Measured);
        }

        Assert.True(best < 0.5, string.Create(CultureInfo.InvariantCulture, $"{best:0.00} bytes per message"));
    }

    private static async Task RunAsync(PushSocket push, PullSocket pull, int count, bool isAsync)
    {
        var sending = isAsync ? SendAsync(push, count) : OnOwnThread(() => Send(push, count));
        var receiving = isAsync ? ReceiveAsync(pull, count) : OnOwnThread(() => Receive(pull, count));
        await Task.WhenAll(sending, receiving).WithinAsync(60);
    }

    private static Task SendAsync(PushSocket push, int count) => Task.Run(async () =>
    {
        for (var i = 0; i < count; i++) await push.SendAsync(Body);
    });

    private static Task ReceiveAsync(PullSocket pull, int count) => Task.Run(async () =>
    {
        for (var i = 0; i < count; i++) (await pull.ReceiveAsync()).Dispose();
    });

    private static void Send(PushSocket push, int count)
    {
        for (var i = 0; i < count; i++) push.Send(Body);
    }

    private static void Receive(PullSocket pull, int count)
    {
        for (var i = 0; i < count; i++) pull.Receive().Dispose();
    }

    private static Task OnOwnThread(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
