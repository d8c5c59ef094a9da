using System.Runtime.CompilerServices;

namespace Zmtp.Testing;

/// <summary>Bounds every wait in a test, so that a test that hangs fails and says where.</summary>
public static class TestTimeout
{
    /// <summary>How long a test waits for something that should happen at once: 20 s.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(20);

    /// <summary>A token that fires after <see cref="Default"/>.</summary>
    public static CancellationToken Token => After(Default);

    /// <summary>A token that fires after <paramref name="time"/>.</summary>
    public static CancellationToken After(TimeSpan time) => new CancellationTokenSource(time).Token;

    /// <summary>Awaits <paramref name="task"/>, or fails the test after <paramref name="seconds"/>.</summary>
    public static async Task WithinAsync(
        this Task task,
        double seconds = 20,
        [CallerArgumentExpression(nameof(task))] string what = "the task")
    {
        try
        {
            await task.WaitAsync(TimeSpan.FromSeconds(seconds)).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw Late(what, seconds);
        }
    }

    /// <summary>Awaits <paramref name="task"/> and returns its result, or fails the test after <paramref name="seconds"/>.</summary>
    public static async Task<T> WithinAsync<T>(
        this Task<T> task,
        double seconds = 20,
        [CallerArgumentExpression(nameof(task))] string what = "the task")
    {
        await ((Task)task).WithinAsync(seconds, what).ConfigureAwait(false);
        return await task.ConfigureAwait(false);
    }

    /// <summary>Awaits <paramref name="task"/> and returns its result, or fails the test after <paramref name="seconds"/>.</summary>
    public static Task<T> WithinAsync<T>(
        this ValueTask<T> task,
        double seconds = 20,
        [CallerArgumentExpression(nameof(task))] string what = "the task") =>
        task.AsTask().WithinAsync(seconds, what);

    /// <summary>Awaits <paramref name="task"/>, or fails the test after <paramref name="seconds"/>.</summary>
    public static Task WithinAsync(
        this ValueTask task,
        double seconds = 20,
        [CallerArgumentExpression(nameof(task))] string what = "the task") =>
        task.AsTask().WithinAsync(seconds, what);

    private static Xunit.Sdk.XunitException Late(string what, double seconds) =>
        new($"Not finished within {seconds} s: {what}");
}
