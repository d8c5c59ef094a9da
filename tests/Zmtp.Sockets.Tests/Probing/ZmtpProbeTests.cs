using Xunit;

namespace Zmtp.Sockets.Tests.Probing;

public class ZmtpProbeTests
{
    [Theory]
    [InlineData(null, 2, null)]
    [InlineData(Timeout.Infinite, 2, Timeout.Infinite)]
    [InlineData(Timeout.Infinite, 1, Timeout.Infinite)]
    [InlineData(9000, 3, 3000)]
    public void ZmtpProbe_NameHasSeveralAddresses_TheTimeIsSharedUnlessItIsWithoutLimit(int? limit, int addresses, int? part)
    {
        Assert.Equal(Milliseconds(part), ZmtpProbe.Part(Milliseconds(limit), addresses));
    }

    private static TimeSpan? Milliseconds(int? number) => number is { } some ? TimeSpan.FromMilliseconds(some) : null;
}
