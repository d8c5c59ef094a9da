using System.Reflection;
using System.Runtime.Loader;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Transports.Polling;

namespace Zmtp.Sockets.Tests.Polling;

/// <summary>
/// The runtime's switch that leaves the waiting for sockets to it. It is looked at once in a process, so a copy of the library, and of these tests,
/// is loaded under it, as a process would that starts with it.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class RuntimeSocketEventsTests
{
    [Fact]
    public async Task SWITCH_UseRuntimeSocketEvents_ThereIsNoPollerAndMessagesArrive()
    {
        // First, so that the switch holds for the copy only.
        _ = Poller.Shared;
        AppContext.SetSwitch(Poller.Switch, true);
        try
        {
            var test = new Copies().LoadFromAssemblyPath(typeof(RuntimeSocketEventsTests).Assembly.Location)
                .GetType(typeof(RuntimeSocketEventsTests).FullName!, throwOnError: true)!;
            Assert.NotSame(typeof(RuntimeSocketEventsTests), test);
            var exchange = test.GetMethod(nameof(ExchangeAsync), BindingFlags.Static | BindingFlags.NonPublic)!;
            await ((Task)exchange.Invoke(null, [])!).WithinAsync();
        }
        finally
        {
            AppContext.SetSwitch(Poller.Switch, false);
        }
    }

    /// <summary>By the copy.</summary>
    private static async Task ExchangeAsync()
    {
        Assert.Null(Poller.Shared);
        await using var context = Searched.NewSilentContext();
        await using var rep = new RepSocket(context);
        await using var req = new ReqSocket(context);
        await Join.ToAsync(rep, req);

        await req.SendAsync("there");
        using (var request = await rep.ReceiveAsync(TestTimeout.Token)) Assert.Equal("there", request.AsString());
        await rep.SendAsync("back");
        using var reply = req.Receive(TestTimeout.Default);
        Assert.Equal("back", reply.AsString());
    }

    /// <summary>Has copies of its own of what is ours, and shares all else.</summary>
    private sealed class Copies() : AssemblyLoadContext(nameof(Copies))
    {
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var path = Path.Combine(AppContext.BaseDirectory, $"{assemblyName.Name}.dll");
            return assemblyName.Name!.StartsWith("Zmtp.", StringComparison.Ordinal) && File.Exists(path) ? LoadFromAssemblyPath(path) : null;
        }
    }
}
