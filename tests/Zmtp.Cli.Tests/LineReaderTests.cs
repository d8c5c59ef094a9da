using System.Text;
using Zmtp.Cli.Messages;

namespace Zmtp.Cli.Tests;

/// <summary>The lines of standard input, however they come.</summary>
public sealed class LineReaderTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("\n", new[] { "" })]
    [InlineData("a", new[] { "a" })]
    [InlineData("a\r\nbc\n\n\r\nd\re\r", new[] { "a", "bc", "", "", "d\re" })]
    public async Task ReadAsync_OctetByOctet_FindsTheSameLines(string text, string[] expected)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        Assert.Equal(expected, await ReadAsync(new SlowStream(octets, 1)));
        Assert.Equal(expected, await ReadAsync(new SlowStream(octets, int.MaxValue)));
    }

    private static async Task<string[]> ReadAsync(Stream stream)
    {
        var lines = new List<string>();
        await foreach (var line in LineReader.ReadAsync(stream, CancellationToken.None)) lines.Add(Encoding.UTF8.GetString(line));
        return [.. lines];
    }

    /// <summary>Gives a few octets at a time, as a pipe does.</summary>
    private sealed class SlowStream(byte[] octets, int most) : MemoryStream(octets)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(most, buffer.Length)], cancellationToken);
    }
}
