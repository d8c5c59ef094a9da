using Xunit;

namespace Zmtp.Testing;

/// <summary>Tests that dispose of something when each of them is over: the framework knows of <see cref="IAsyncLifetime"/> only.</summary>
public abstract class DisposedTests : IAsyncLifetime, IAsyncDisposable
{
    /// <inheritdoc/>
    public virtual Task InitializeAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();
}
