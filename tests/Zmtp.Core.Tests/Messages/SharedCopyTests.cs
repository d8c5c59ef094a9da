using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Interop;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Messages;

public class SharedCopyTests
{
    private const int Piece = SharedCopy.Piece;

    private readonly SharedCopy _copy = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Piece)]
    [InlineData(Piece + 1)]
    [InlineData((5 * Piece) - 1)]
    public void SHAREDCOPY_NobodyHelps_CopiesAll(int length)
    {
        var from = RandomBytes(length);
        var to = new byte[length];
        Assert.True(_copy.TryCopy(from, to));
        Assert.Equal(from, to);
        Assert.Equal(0, _copy.Helped);
    }

    [Fact]
    public void SHAREDCOPY_NothingToCopy_HelpsNobody()
    {
        Assert.False(_copy.Help());
        Assert.True(_copy.TryCopy(new byte[3 * Piece], new byte[3 * Piece]));
        Assert.False(_copy.Help());
    }

    [Fact]
    public void SHAREDCOPY_AnotherLength_ThrowsAndCopiesTheNext()
    {
        Assert.Throws<ArgumentException>(() => _copy.TryCopy(new byte[Piece], new byte[Piece - 1]));
        SHAREDCOPY_NobodyHelps_CopiesAll(Piece);
    }

    /// <summary>Each copy has its own content and length, and is compared while the others go on: a piece of another would show.</summary>
    [Fact]
    public async Task SHAREDCOPY_ManyCopyAndHelp_EachCopyIsWhole()
    {
        const int enough = 30;
        var deadline = DateTime.UtcNow + TestTimeout.Default;
        var isOver = false;
        var shared = 0;
        var copying = Enumerable.Range(0, 3).Select(seed => Blocking.RunAsync(() =>
        {
            var random = new Random(seed);
            while (Volatile.Read(ref shared) < enough || _copy.Helped < enough)
            {
                Assert.True(DateTime.UtcNow < deadline, "Too few copies were shared in the time of a test.");
                var from = new byte[random.Next(12 * Piece)];
                Array.Fill(from, (byte)random.Next(256));
                var to = new byte[from.Length];
                if (!_copy.TryCopy(from, to)) continue;
                Interlocked.Increment(ref shared);
                Assert.True(from.AsSpan().SequenceEqual(to), "A copy is not what was copied.");
            }
        })).ToArray();
        var helping = Enumerable.Range(0, 2).Select(_ => Blocking.RunAsync(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                if (!_copy.Help()) Thread.Yield();
            }
        })).ToArray();
        try
        {
            await Task.WhenAll(copying);
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            await Task.WhenAll(helping);
        }
    }

    /// <summary>The copy is made on a thread of the application's. It may be over only when whoever helps writes to its memory no more.</summary>
    [Fact]
    public async Task SHAREDCOPY_AnInterruptIsPendingWhileAnotherHelps_WaitsForItAndTheNextWaitIsInterrupted()
    {
        var from = RandomBytes(12 * Piece);
        var to = new byte[from.Length];
        Exception? error = null, next = null;
        Helpers(_copy) = 1;

        var copying = Blocking.RunAsync(() =>
        {
            Thread.CurrentThread.Interrupt();
            error = Record.Exception(() => Assert.True(_copy.TryCopy(from, to)));
            next = Record.Exception(static () => Thread.Sleep(0));
        });

        // As long as whoever gives up would take; whoever does not is never early.
        Assert.False(SpinWait.SpinUntil(() => copying.IsCompleted, TimeSpan.FromMilliseconds(100)), "It did not wait for who helps.");
        Volatile.Write(ref Helpers(_copy), 0);
        await copying.WithinAsync();
        Assert.Null(error);
        Assert.IsType<ThreadInterruptedException>(next);
        Assert.Equal(from, to);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_helpers")]
    private static extern ref int Helpers(SharedCopy copy);

    private static byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
