using Xunit;
using Zmtp.Sockets.Endpoints;

namespace Zmtp.Sockets.Tests.Hostile;

public sealed class CrowdByAddressTests
{
    private readonly CrowdByAddress<int> _crowd = new();

    [Theory]
    [InlineData("A", "0")]
    [InlineData("AAAA", "0123")]
    [InlineData("ABCD", "0123")]
    [InlineData("ABBBB", "12304")]
    [InlineData("AABBBCC", "2035146")]
    [InlineData("ABABAB", "012345")]
    public void CROWD_AddressWithTheMost_MakesRoomWithItsOldest(string addresses, string order)
    {
        var number = 0;
        foreach (var address in addresses) _crowd.Enter($"{address}", number++);

        Assert.Equal(order, string.Concat(order.Select(_ => Drop())));

        Assert.Null(_crowd.First());
        Assert.Equal((0, 0), (_crowd.Count, _crowd.AddressCount));
    }

    /// <summary>Capitals are kept.</summary>
    [Theory]
    [InlineData("A", "0")]
    [InlineData("AAAA", "3210")]
    [InlineData("AaAa", "1320")]
    [InlineData("aBCd", "0321")]
    [InlineData("AAAbb", "23140")]
    [InlineData("AaBBb", "41320")]
    public void CROWD_EntriesThatAreKept_MakeRoomLastAndTheNewestFirst(string addresses, string order)
    {
        var number = 0;
        foreach (var address in addresses) Enter(char.ToUpperInvariant(address), number++, isKept: char.IsUpper(address));

        Assert.Equal(order, string.Concat(order.Select(_ => Drop())));
    }

    [Fact]
    public void CROWD_AnEntryThatIsKeptNoMore_CountsAsOneThatHasJustCome()
    {
        var first = Enter('A', 0, isKept: true);
        Enter('A', 1, isKept: false);

        _crowd.SetKept(first, isKept: false);

        Assert.Equal(0, _crowd.KeptCount);
        Assert.Equal((1, 0), (Drop(), Drop()));
        _crowd.SetKept(first, isKept: true);
        Assert.Equal((0, 0), (_crowd.Count, _crowd.KeptCount));
    }

    [Fact]
    public void CROWD_WhoHasGone_GoesNoSecondTime()
    {
        var first = _crowd.Enter("A", 1);
        _crowd.Enter("A", 2);

        _crowd.Leave(first);
        _crowd.Leave(first);

        Assert.Equal((1, 2), (_crowd.Count, Drop()));
    }

    /// <summary>Against what the rule says, word for word.</summary>
    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 20)]
    [InlineData(3, 200)]
    public void CROWD_WhoeverComesAndGoes_WhoMakesRoomIsOfThoseOfWhichThereAreMost(int seed, int addresses)
    {
        var random = new Random(seed);
        var present = new List<(string Address, CrowdByAddress<int>.Place Place)>();
        for (var number = 0; number < 5_000; number++)
        {
            // As often as not: it grows, and is empty again.
            var comes = random.Next(100) < (number / 500 % 2 == 0 ? 70 : 30);
            if (random.Next(3) == 0 && present.Count > 0)
            {
                // It comes to the others of its kind.
                var index = random.Next(present.Count);
                var one = present[index];
                _crowd.SetKept(one.Place, !one.Place.IsKept);
                present.RemoveAt(index);
                present.Add(one);
            }
            else if (comes)
            {
                var address = $"{random.Next(addresses)}";
                present.Add((address, _crowd.Enter(address, number)));
            }
            else if (present.Count > 0)
            {
                var index = random.Next(3) == 0 ? present.FindIndex(one => one.Place == _crowd.First()) : random.Next(present.Count);
                _crowd.Leave(present[index].Place);
                present.RemoveAt(index);
            }

            var counts = present.CountBy(one => one.Address).ToDictionary();
            Assert.Equal((present.Count, counts.Count), (_crowd.Count, _crowd.AddressCount));
            Assert.Equal(present.Count(one => one.Place.IsKept), _crowd.KeptCount);
            var most = counts.Count == 0 ? 0 : counts.Values.Max();
            Assert.Equal(most, _crowd.LongestLine);
            var ofTheMost = present.Where(one => counts[one.Address] == most).Select(one => one.Place).ToArray();
            Assert.Equal(ofTheMost.FirstOrDefault(place => !place.IsKept) ?? ofTheMost.LastOrDefault(), _crowd.First());
        }
    }

    private CrowdByAddress<int>.Place Enter(char address, int number, bool isKept)
    {
        var place = _crowd.Enter($"{address}", number);
        _crowd.SetKept(place, isKept);
        return place;
    }

    private int Drop()
    {
        var place = _crowd.First()!;
        _crowd.Leave(place);
        return place.Value;
    }
}
