using System.Text;
using Zmtp.Cli.Consoles;

namespace Zmtp.Cli.Tests;

/// <summary>A password in the first line of a file or of standard input.</summary>
public sealed class PasswordLineTests
{
    private static readonly byte[] Mark = [0xEF, 0xBB, 0xBF];

    [Theory]
    [InlineData("pw", "pw")]
    [InlineData("p\rw\r\n", "p\rw")]
    [InlineData("pw\n\nmore", "pw")]
    [InlineData("\n", "")]
    public async Task ReadAsync_WithAByteOrderMarkAndWithout_IsTheSame(string text, string expected)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        Assert.Equal(expected, await ReadAsync(octets));
        Assert.Equal(expected, await ReadAsync([.. Mark, .. octets]));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("")]
    public async Task ReadAsync_TheLongestPassword_IsRead(string end)
    {
        var password = new string('x', Secret.MaxLength);
        byte[] octets = [.. Mark, .. Encoding.UTF8.GetBytes(password + end)];
        Assert.Equal(password, await ReadAsync(octets));
        octets = [.. Mark, .. Encoding.UTF8.GetBytes(password + "x" + end)];
        var error = await Assert.ThrowsAsync<CliException>(() => ReadAsync(octets));
        Assert.Contains("too long", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pw\n", true)]
    [InlineData("\u00e9\n", false)]
    public async Task ReadAsync_Ever_LeavesNothingInItsMemory(string text, bool isGood)
    {
        using var stream = new KeepingStream(Encoding.Latin1.GetBytes(text));
        var reading = PasswordLine.ReadAsync(stream, "a", ExitCode.File, CancellationToken.None);
        if (isGood) (await reading).Dispose();
        else await Assert.ThrowsAsync<CliException>(() => reading);
        Assert.NotEmpty(stream.Given);
        Assert.All(stream.Given, memory => Assert.Equal(-1, memory.Span.IndexOfAnyExcept((byte)0)));
    }

    private static async Task<string> ReadAsync(byte[] octets)
    {
        using var stream = new KeepingStream(octets);
        using var secret = await PasswordLine.ReadAsync(stream, "a", ExitCode.File, CancellationToken.None);
        return secret.Characters.ToString();
    }

    /// <summary>Gives one octet at a time, and keeps the memory that it was given for it.</summary>
    private sealed class KeepingStream(byte[] octets) : MemoryStream(octets)
    {
        public List<Memory<byte>> Given { get; } = [];

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Given.Add(buffer);
            return base.ReadAsync(buffer[..1], cancellationToken);
        }
    }
}
