using System.Buffers.Binary;
using Zmtp.Perf;

namespace Zmtp.Compare.Tests;

public sealed class NumberedBodyTests
{
    public static readonly TheoryData<int> Sizes = [0, 1, 7, 8, 9, 16, 23, 1024];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Check_BodyAsItWasSent_IsFound(int size) => NumberedBody.Check(Body(size, 123_456_789_012), 123_456_789_012);

    [Theory]
    [MemberData(nameof(Sizes))]
    public void New_AnySize_IsWrittenAsMessage0(int size)
    {
        var body = NumberedBody.New(size);

        Assert.Equal(size, body.Length);
        NumberedBody.Check(body, 0);
        if (size > 8) Assert.Contains(body.Skip(8), static octet => octet != 0);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Check_AnyOctetThatWasChanged_IsNoticed(int size)
    {
        var body = Body(size, 42);
        for (var i = 0; i < size; i++)
        {
            body[i] ^= 1;
            Assert.Throws<MeasurementException>(() => NumberedBody.Check(body, 42));
            body[i] ^= 1;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(1024)]
    public void Check_BodyOfAnotherMessage_IsNoticed(int size) =>
        Assert.Throws<MeasurementException>(() => NumberedBody.Check(Body(size, 43), 42));

    [Fact]
    public void CheckNumber_BodyOfASenderThatPutsOnlyItsNumberIn_IsContent()
    {
        var body = new byte[100];
        BitConverter.TryWriteBytes(body, 42L);
        NumberedBody.CheckNumber(body, 42);
        NumberedBody.CheckNumber(new byte[7], 42);

        Assert.Throws<MeasurementException>(() => NumberedBody.CheckNumber(body, 43));
    }

    /// <summary>The program in C has the same words, written there a second time.</summary>
    [Fact]
    public void Fill_Words_AreThoseOfTheGenerator()
    {
        if (!BitConverter.IsLittleEndian) return;
        var body = Body(24, 1);

        Assert.Equal(1UL, BinaryPrimitives.ReadUInt64LittleEndian(body));
        Assert.Equal(7806831264735756412UL, BinaryPrimitives.ReadUInt64LittleEndian(body.AsSpan(8)));
        Assert.Equal(9396908728118811419UL, BinaryPrimitives.ReadUInt64LittleEndian(body.AsSpan(16)));
    }

    private static byte[] Body(int size, long number)
    {
        var body = new byte[size];
        NumberedBody.Fill(body, number);
        return body;
    }
}
