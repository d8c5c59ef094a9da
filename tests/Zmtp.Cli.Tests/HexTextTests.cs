using System.Text;
using Zmtp.Cli.Messages;

namespace Zmtp.Cli.Tests;

public sealed class HexTextTests
{
    [Theory]
    [InlineData("")]
    [InlineData("00ff7F", 0x00, 0xff, 0x7f)]
    [InlineData(" 0 0 ff ", 0x00, 0xff)]
    public void HexText_Digits_AreOctets(string text, params int[] octets) =>
        Assert.Equal([.. octets.Select(static octet => (byte)octet)], HexText.Decode(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("0g", "\"0g\" is not hexadecimal.")]
    [InlineData("00\u001b[2J", "\"00\\x1b[2J\" is not hexadecimal.")]
    [InlineData("00 0", "\"000\" are 3, an odd number.")]
    public void HexText_SomethingElse_IsToldWithoutSteeringTheTerminal(string text, string told)
    {
        var error = Assert.Throws<CliException>(() => HexText.Decode(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(ExitCode.Usage, error.Code);
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("0")]
    public void HexText_MuchOfIt_IsToldInALine(string wrong)
    {
        var digits = new string('0', 1 << 20);
        var error = Assert.Throws<CliException>(() => HexText.Decode(Encoding.UTF8.GetBytes(digits + wrong)));
        Assert.InRange(error.Message.Length, 1, 150);
    }
}
