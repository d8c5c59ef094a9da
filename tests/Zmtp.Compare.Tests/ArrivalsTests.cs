using Zmtp.Perf;

namespace Zmtp.Compare.Tests;

public sealed class ArrivalsTests
{
    [Fact]
    public void Note_EachMessageOnceInAnyOrder_IsRight()
    {
        const int count = 200_000;
        var arrivals = new Arrivals(count);

        // No factor in common: every number once.
        Assert.Null(Record.Exception(() =>
        {
            for (var i = 0L; i < count; i++) arrivals.Note(i * 7919 % count);
        }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(100_000)]
    public void Note_MessageThatHasComeBefore_IsFound(long number)
    {
        var arrivals = new Arrivals(long.MaxValue);
        arrivals.Note(number + 1);
        arrivals.Note(number);

        Assert.Contains("twice", Assert.Throws<MeasurementException>(() => arrivals.Note(number)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(-1, 10)]
    [InlineData(1L << 40, long.MaxValue)]
    public void Note_MessageThatWasNotSent_IsFound(long number, long sent)
    {
        var error = Assert.Throws<MeasurementException>(() => new Arrivals(sent).Note(number));

        Assert.Contains("not sent", error.Message, StringComparison.Ordinal);
    }
}
