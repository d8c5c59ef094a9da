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

    [Fact]
    public void Look_MachineThatDoesAnything_IsTakenNoteOf()
    {
        if (!File.Exists("/proc/stat")) return;
        var before = File.ReadLines("/proc/stat").First();
        var load = new ForeignLoad();
        load.Look(TextWriter.Null);
        if (File.ReadLines("/proc/stat").First() == before) return;

        Assert.Contains("at worst", load.Describe(), StringComparison.Ordinal);
    }
}
