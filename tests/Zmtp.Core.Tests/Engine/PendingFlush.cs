using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace Zmtp.Core.Tests.Engine;

/// <summary>A write that ends when the test says, on its thread.</summary>
internal sealed class PendingFlush : IValueTaskSource<FlushResult>
{
    private readonly TaskCompletionSource _awaited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ManualResetValueTaskSourceCore<FlushResult> _core;

    /// <summary>Completes when somebody waits for it.</summary>
    public Task IsAwaited => _awaited.Task;

    public void Complete() => _core.SetResult(default);

    public FlushResult GetResult(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _core.OnCompleted(continuation, state, token, flags);
        _awaited.SetResult();
    }
}
