namespace Zmtp.Compare.Tests;

public sealed class DescriptionTests
{
    [Theory]
    [InlineData("no options: 5 runs of throughput and 3 of the rest, 0.5 s each, publications at most.")]
    [InlineData("`--only rpc`: 3 runs of each cell, 0.5 s each.", "--only", "rpc")]
    [InlineData("`--only rpc,throughput --runs 1 --seconds 2`: 1 run of each cell, 2 s each.", "--only", "rpc,throughput", "--runs", "1", "--seconds", "2")]
    public void Of_Options_SaysWhatWasAskedForAndHowOften(string expected, params string[] arguments)
    {
        var options = ComparisonOptions.Parse(arguments);
        var text = Description.Of(
            options, Plan.Cells(options), [Samples.Series("zmtp")], new DateTime(2030, 1, 2), TimeSpan.FromMinutes(3), new ForeignLoad());

        Assert.StartsWith($"2030-01-02, 3 min, {expected} ", text, StringComparison.Ordinal);
        Assert.EndsWith(" zmtp 1.", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("fpu vme de", false)]
    [InlineData("fpu hypervisor lahf_lm", true)]
    public void IsVirtual_FlagsOfTheProcessor_AreLookedThrough(string? flags, bool isVirtual) => Assert.Equal(isVirtual, Machine.IsVirtual(flags));
}
