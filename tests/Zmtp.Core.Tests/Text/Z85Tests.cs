using Xunit;
using Zmtp.Testing;
using Zmtp.Testing.Steady;
using Zmtp.Text;

namespace Zmtp.Core.Tests.Text;

public class Z85Tests
{
    private const string Alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

    // Appendix C of the conformance matrix.
    [Theory]
    [InlineData("", "")]
    [InlineData("864FD26FB559F75B", "HelloWorld")]
    [InlineData("8E0BDD697628B91D8F245587EE95C5B04D48963F79259877B49CD9063AEAD3B7", "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6")]
    [InlineData("54FCBA24E93249969316FB617C872BB0C1D1FF14800427C594CBFACF1BC2D652", "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7")]
    [InlineData("BB88471D65E2659B30C55A5321CEBB5AAB2B70A398645C26DCA2B2FCB43FC518", "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID")]
    [InlineData("7BB864B489AFA3671FBE69101F94B38972F24816DFB01B51656B3FEC8DFD0888", "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs")]
    [InlineData("00000000", "00000")]
    [InlineData("00000001", "00001")]
    [InlineData("00000055", "00010")]
    [InlineData("00010203", "009c6")]
    [InlineData("01020304", "0rJua")]
    [InlineData("FFFFFFFF", "%nSc0")]
    [Spec("Z85-04", "Z85-05", "Z85-06", "Z85-07", "Z85-08", "Z85-09", "Z85-14")]
    public void Z85_Vectors_ConvertBothWays(string hex, string text)
    {
        var data = Hex.Octets(hex);

        Assert.Equal(text, Z85.Encode(data));
        Assert.Equal(data, Z85.Decode(text));

        var chars = new char[text.Length];
        Assert.True(Z85.TryEncode(data, chars, out var charsWritten));
        Assert.Equal(text.Length, charsWritten);
        Assert.Equal(text, new string(chars));

        var octets = new byte[data.Length];
        Assert.True(Z85.TryDecode(text, octets, out var octetsWritten));
        Assert.Equal(data.Length, octetsWritten);
        Assert.Equal(data, octets);
    }

    [Fact]
    [Spec("Z85-03")]
    public void Z85_EveryDigit_HasItsCharacter()
    {
        Assert.Equal(85, Alphabet.Length);
        for (var digit = 0; digit < Alphabet.Length; digit++)
        {
            byte[] data = [0, 0, 0, (byte)digit];
            Assert.Equal("0000" + Alphabet[digit], Z85.Encode(data));
            Assert.Equal(data, Z85.Decode("0000" + Alphabet[digit]));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(31)]
    [InlineData(33)]
    [Spec("Z85-01")]
    public void Z85_OctetsNotAMultipleOf4_AreRefused(int length)
    {
        Assert.Throws<ArgumentException>("data", () => Z85.Encode(new byte[length]));
        Assert.Throws<ArgumentException>("data", () => Z85.TryEncode(new byte[length], new char[100], out _));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("01")]
    [InlineData("0123")]
    [InlineData("01234567")]
    [InlineData("JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh")]
    [InlineData("JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh60")]
    [Spec("Z85-02")]
    public void Z85_CharactersNotAMultipleOf5_AreRefused(string text) => AssertRefused(text, $"this has {text.Length}");

    [Theory]
    [InlineData("%nSc1", 0)]
    [InlineData("#####", 0)]
    [InlineData("%nSd0", 0)]
    [InlineData("$0000", 0)]
    [InlineData("00000%nSc1", 5)]
    [InlineData("%nSc0%nSc0#0000", 10)]
    [Spec("Z85-11")]
    public void Z85_ValueAbove2To32Minus1_IsRefused(string text, int position) => AssertRefused(text, $"position {position} ");

    [Fact]
    [Spec("Z85-12")]
    public void Z85_EveryCharacterOutsideTheAlphabet_IsRefusedInEveryPlace()
    {
        for (var value = 0; value <= char.MaxValue; value++)
        {
            var character = (char)value;
            if (Alphabet.Contains(character, StringComparison.Ordinal)) continue;
            Assert.False(Z85.TryDecode(['0', '0', character, '0', '0'], new byte[4], out _), $"U+{value:X4}");
        }

        for (var position = 0; position < 10; position++)
        {
            foreach (var character in "\u001F \u007F\u0080\"'`,;\\_|~\u0430\uFFFF\0")
            {
                var text = "HelloWorld".ToCharArray();
                text[position] = character;
                AssertRefused(new string(text), $"position {position} ");
            }
        }
    }

    [Theory]
    [InlineData("HelloWorld\n")]
    [InlineData("Hello World")]
    [InlineData(" HelloWorl")]
    [InlineData("HelloWorl\n")]
    [InlineData("Hell\r\nWorl")]
    [InlineData("     ")]
    [InlineData("HelloWorld     ")]
    [Spec("Z85-13")]
    public void Z85_WhiteSpace_IsNeverSkipped(string text) => AssertRefused(text, "position");

    [Fact]
    [Spec("Z85-10")]
    public void Z85_DestinationTooSmall_IsRefusedAndUnchanged()
    {
        for (var size = 0; size < 8; size++)
        {
            var octets = Hex.Repeat(0xCC, size);
            Assert.False(Z85.TryDecode("HelloWorld", octets, out var written));
            Assert.Equal(0, written);
            Assert.Equal(Hex.Repeat(0xCC, size), octets);
        }

        for (var size = 0; size < 10; size++)
        {
            var chars = new string('~', size).ToCharArray();
            Assert.False(Z85.TryEncode(Hex.Octets("864FD26FB559F75B"), chars, out var written));
            Assert.Equal(0, written);
            Assert.Equal(new string('~', size), new string(chars));
        }
    }

    [Fact]
    [Spec("Z85-10")]
    public void Z85_DestinationLargerThanNeeded_KeepsWhatLiesBehind()
    {
        var octets = Hex.Repeat(0xCC, 12);
        Assert.True(Z85.TryDecode("HelloWorld", octets, out var octetsWritten));
        Assert.Equal(8, octetsWritten);
        Assert.Equal("864FD26FB559F75BCCCCCCCC", Hex.Text(octets));

        var chars = "~~~~~~~~~~~~".ToCharArray();
        Assert.True(Z85.TryEncode(Hex.Octets("864FD26FB559F75B"), chars, out var charsWritten));
        Assert.Equal(10, charsWritten);
        Assert.Equal("HelloWorld~~", new string(chars));
    }

    [Fact]
    [Spec("Z85-10")]
    public void Z85_RandomText_DecodesToWhatEncodesBackOrIsRefused()
    {
        var random = new Random(85);
        for (var round = 0; round < 20_000; round++)
        {
            var text = new char[random.Next(0, 46)];
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = random.Next(200) == 0 ? (char)random.Next(0x10000) : Alphabet[random.Next(85)];
            }

            var destination = Hex.Repeat(0xCC, 40);
            if (Z85.TryDecode(text, destination, out var written))
            {
                Assert.Equal(new string(text), Z85.Encode(destination.AsSpan(0, written)));
                Assert.Equal(text.Length / 5 * 4, written);
            }
            else
            {
                Assert.Equal(Hex.Repeat(0xCC, 40), destination);
            }
        }
    }

    [Fact]
    public void Z85_SpanForms_AllocateNothingThatCouldKeepASecret()
    {
        var data = Hex.Octets("8E0BDD697628B91D8F245587EE95C5B04D48963F79259877B49CD9063AEAD3B7");
        var chars = new char[40];
        Convert(data, chars);

        Assert.Equal(0, OwnAllocations.LeastOf(() => Convert(data, chars)));

        static void Convert(byte[] data, char[] chars) =>
            _ = Z85.TryEncode(data, chars, out _) && Z85.TryDecode(chars, data, out _);
    }

    private static void AssertRefused(string text, string cause)
    {
        var error = Assert.Throws<FormatException>(() => Z85.Decode(text));
        Assert.Contains(cause, error.Message, StringComparison.Ordinal);
        if (text.Length >= 5) Assert.DoesNotContain(text, error.Message, StringComparison.Ordinal);

        var destination = Hex.Repeat(0xCC, 64);
        Assert.False(Z85.TryDecode(text, destination, out var written));
        Assert.Equal(0, written);
        Assert.Equal(Hex.Repeat(0xCC, 64), destination);
    }
}
