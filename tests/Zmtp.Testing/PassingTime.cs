using Microsoft.Extensions.Time.Testing;

namespace Zmtp.Testing;

/// <summary>Time goes by on a clock of our own until something has happened: how much of it that takes need not be known.</summary>
public static class PassingTime
{
    /// <param name="time">The clock.</param>
    /// <param name="next">What is to happen. For a connection its being accepted, not the handshake, which has its time too.</param>
    /// <param name="step">Small beside whatever must not be over before.</param>
    public static async Task<T> PassUntilAsync<T>(this FakeTimeProvider time, Task<T> next, TimeSpan step)
    {
        await time.PassUntilAsync((Task)next, step);
        return await next;
    }

    /// <inheritdoc cref="PassUntilAsync{T}"/>
    public static async Task PassUntilAsync(this FakeTimeProvider time, Task next, TimeSpan step)
    {
        var until = TestTimeout.Token;
        while (!next.IsCompleted)
        {
            until.ThrowIfCancellationRequested();
            time.Advance(step);
            await Task.WhenAny(next, Task.Delay(1, until));
        }

        await next;
    }
}
