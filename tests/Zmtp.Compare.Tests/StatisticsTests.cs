namespace Zmtp.Compare.Tests;

public sealed class StatisticsTests
{
    [Fact]
    public void Median_OddNumberOfValues_IsTheMiddleOne() => Assert.Equal(3, Statistics.Median([9, 1, 3]));

    [Fact]
    public void Median_EvenNumberOfValues_IsBetweenTheMiddleTwo() => Assert.Equal(2.5, Statistics.Median([9, 2, 1, 3]));

    [Fact]
    public void Median_NoValues_IsNull() => Assert.Null(Statistics.Median([]));

    [Fact]
    public void Spread_SeveralValues_IsInUnitsOfTheMedian() => Assert.Equal(0.5, Statistics.Spread([8, 10, 13]));

    [Fact]
    public void Spread_OneValue_IsNull() => Assert.Null(Statistics.Spread([8]));
}
