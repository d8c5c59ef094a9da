using Zmtp.Threading;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// Begins what goes on in the background for as long as an endpoint is there. Nothing of the caller's flows into it (an activity, a scope of its
/// log): that would live as long, and name as its own what has nothing to do with it.
/// </summary>
internal static class Background
{
    /// <summary>What flows where nothing does. There is no other way to get it than from a thread that has inherited nothing.</summary>
    private static ExecutionContext? _nothing;

    /// <summary>Begins on the caller's thread. The very first one of a process begins on the pool.</summary>
    /// <param name="loop">Never throws.</param>
    public static void Begin(Func<Task> loop)
    {
        if (Volatile.Read(ref _nothing) is { } nothing)
        {
            ExecutionContext.Run(nothing, static loop => _ = ((Func<Task>)loop!)(), loop);
            return;
        }

        _ = RunAsync(() =>
        {
            Volatile.Write(ref _nothing, ExecutionContext.Capture());
            return loop();
        });
    }

    /// <summary>Begins on the pool.</summary>
    /// <returns>Its whole course.</returns>
    public static Task RunAsync(Func<Task> loop) => WithoutFlow.Begin(loop, static loop => Task.Run(loop));
}
