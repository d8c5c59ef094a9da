using Xunit;
using Zmtp.Sockets.Subscriptions;

namespace Zmtp.Sockets.Tests.Subscriptions;

public class TopicNodeTests
{
    /// <summary>The last of the parent's children takes the place of the one that goes, which may be the same.</summary>
    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    public void Prune_OneOfTwoChildren_IsCutOffAndTheOtherStays(string cut)
    {
        var root = new TopicNode([]);
        TopicNode[] children = [root.Add("a"u8.ToArray()), root.Add("b"u8.ToArray())];
        var pruned = children[cut == "a" ? 0 : 1];
        var other = children[cut == "a" ? 1 : 0];

        pruned.Prune();

        Assert.Null(pruned.Parent);
        Assert.Same(root, other.Parent);
        Assert.Same(other, root.Find(other.Path[0]));
    }
}
