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

    [Fact]
    public void Look_MachineThatDoesAnything_IsTakenNoteOf()
    {
        if (!File.Exists("/proc/stat")) return;
        var load = new ForeignLoad();
        load.Look(TextWriter.Null);

        Assert.Contains("at worst", load.Describe(), StringComparison.Ordinal);
    }
}
