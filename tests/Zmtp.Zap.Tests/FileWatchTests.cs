using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

public sealed class FileWatchTests
{
    [Fact]
    public async Task FILEWATCH_FileSystemHangs_NoFurtherThreadIsTakenAndItGoesOnAfterwards()
    {
        using var directory = new TemporaryDirectory();
        using var isLooking = new SemaphoreSlim(0);
        using var goesOn = new ManualResetEventSlim();
        using var watch = new FileWatch(
            directory["file"],
            () =>
            {
                isLooking.Release();
                goesOn.Wait(TestTimeout.Default);
            },
            TimeProvider.System,
            NullLogger.Instance);
        Assert.True(await isLooking.WaitAsync(TestTimeout.Default));

        // The clock goes on: twice in this time, and once more by request.
        watch.LookSoon();
        Assert.False(await isLooking.WaitAsync(2 * FileWatch.Period));

        goesOn.Set();
        Assert.True(await isLooking.WaitAsync(TestTimeout.Default));
    }
}
