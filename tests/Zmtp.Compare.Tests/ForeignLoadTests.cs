using Zmtp.Testing;

namespace Zmtp.Compare.Tests;

public sealed class ForeignLoadTests
{
    [Fact]
    public void Describe_SeveralLooks_GivesTheMedianAndTheWorst()
    {
        var load = new ForeignLoad();
        foreach (var part in (double[])[0.02, 0.28, 0.01]) load.Add(part);

        Assert.Equal(
            " Between the measurements something else took 2 % of the processors' time (median), 28 % at worst.", load.Describe());
    }

    [Fact]
    public void Describe_MedianThatIsNotSmall_Warns()
    {
        var load = new ForeignLoad();
        load.Add(0.1);

        Assert.StartsWith(" Beware: ", load.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_NoLook_SaysNothing() => Assert.Equal("", new ForeignLoad().Describe());

    [Theory]
    [InlineData(40, 40, 0.0)]
    [InlineData(30, 40, 0.25)]
    [InlineData(0, 40, 1.0)]
    [InlineData(0, 0, null)]
    [InlineData(-1, 0, null)]
    public void PartBetween_TwoLooks_IsWhatWasNotIdle(long idle, long all, double? part) =>
        Assert.Equal(part, ForeignLoad.PartBetween((1000, 5000), (1000 + idle, 5000 + all)));

    [LinuxFact]
    public void Look_MachineThatDoesAnything_IsTakenNoteOf()
    {
        static string Ticks() => File.ReadLines("/proc/stat").First();
        var before = Ticks();
        var load = new ForeignLoad();
        for (var looks = 0; looks < 20 && load.Describe().Length == 0; looks++) load.Look(TextWriter.Null);

        // In some containers they stand still, which says nothing.
        if (Ticks() == before) Assert.Equal("", load.Describe());
        else Assert.Contains("at worst", load.Describe(), StringComparison.Ordinal);
    }
}
