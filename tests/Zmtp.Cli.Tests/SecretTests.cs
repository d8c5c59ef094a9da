using Zmtp.Cli.Consoles;

namespace Zmtp.Cli.Tests;

/// <summary>A password that is typed, key by key.</summary>
public sealed class SecretTests
{
    /// <summary>PLAIN carries 255 octets, not 255 characters: a longer password could be stored and never be given.</summary>
    [Theory]
    [InlineData("e", 255)]
    [InlineData("é", 127)]
    [InlineData("€", 85)]
    [InlineData("😀", 63)]
    public void SECRET_LongerThanPlainCarries_IsRefusedAsItIsTyped(string character, int most)
    {
        using var secret = new Secret();
        for (var i = 0; i < most; i++) Type(secret, character);
        Assert.InRange(secret.ToUtf8().Length, 1, Secret.MaxLength);
        var error = Assert.Throws<CliException>(() => Type(secret, character));
        Assert.Equal(ExitCode.Usage, error.Code);

        // What was taken back leaves room.
        while (secret.Length > 0) secret.Backspace();
        for (var i = 0; i < most; i++) Type(secret, character);
    }

    [Fact]
    public void SECRET_Backspace_RemovesAWholeCharacter()
    {
        using var secret = new Secret();
        Type(secret, "a😀");
        secret.Backspace();
        Assert.Equal("a"u8.ToArray(), secret.ToUtf8());
        Type(secret, "é");
        secret.Backspace();
        secret.Backspace();
        secret.Backspace();
        Assert.Equal(0, secret.Length);
        Assert.Empty(secret.ToUtf8());
    }

    [Fact]
    public void SECRET_HalfOfAPair_IsAUsageErrorThatDoesNotShowIt()
    {
        using var secret = new Secret();
        secret.Append('a');
        secret.Append('\uD83D');
        var error = Assert.Throws<CliException>(secret.ToUtf8);
        Assert.Equal(ExitCode.Usage, error.Code);
        Assert.DoesNotContain("D83D", error.ToString(), StringComparison.OrdinalIgnoreCase);
        secret.Backspace();
        Assert.Equal("a"u8.ToArray(), secret.ToUtf8());
    }

    [Fact]
    public void SECRET_NotUtf8_IsAUsageErrorThatDoesNotShowIt()
    {
        var error = Assert.Throws<CliException>(() => Secret.FromUtf8([0x61, 0xFE]));
        Assert.Equal(ExitCode.Usage, error.Code);
        Assert.DoesNotContain("FE", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void SECRET_FromUtf8_CountsWhatItTookOver()
    {
        using var secret = Secret.FromUtf8(new byte[Secret.MaxLength]);
        Assert.Throws<CliException>(() => secret.Append('x'));
    }

    private static void Type(Secret secret, string character)
    {
        foreach (var unit in character) secret.Append(unit);
    }
}
