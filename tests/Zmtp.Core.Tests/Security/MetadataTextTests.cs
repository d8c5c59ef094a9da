using System.Text;
using Xunit;
using Zmtp.Security;

namespace Zmtp.Core.Tests.Security;

public sealed class MetadataTextTests
{
    [Fact]
    public void METADATA_OfText_IsInOrderAndInUtf8()
    {
        var metadata = ZmtpMetadata.OfText(("X-Host", "pc-7"), ("X-Place", "Zürich"), ("X-Empty", ""));

        Assert.Equal(["X-Host", "X-Place", "X-Empty"], metadata.Select(static property => property.Key));
        Assert.True(metadata.TryGet("x-place", out var place));
        Assert.Equal(Encoding.UTF8.GetBytes("Zürich"), place.ToArray());
        Assert.Equal(("pc-7", "Zürich", ""), (metadata.GetText("X-Host"), metadata.GetText("X-Place"), metadata.GetText("X-Empty")));
        Assert.Equal(0, ZmtpMetadata.OfText().Count);
    }

    [Fact]
    public void METADATA_OfTextThatCannotBe_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => ZmtpMetadata.OfText(("X Host", "pc-7")));
        Assert.Throws<ArgumentNullException>(() => ZmtpMetadata.OfText(("X-Host", null!)));
        Assert.Throws<ArgumentNullException>(() => ZmtpMetadata.OfText((null!, "pc-7")));
    }
}
