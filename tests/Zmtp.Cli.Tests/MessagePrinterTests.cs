using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Zmtp.Cli.Messages;
using Zmtp.Testing;

namespace Zmtp.Cli.Tests;

/// <summary>How messages are shown: a large one as a small one, and in no more memory.</summary>
public sealed class MessagePrinterTests
{
    private const int Large = 8 * 1024 * 1024;
    private const int Little = 1024 * 1024;

    /// <summary>What may lie across the end of a piece: characters, what steers, what is escaped, and octets that are no text or not all of one.</summary>
    public static TheoryData<byte[]> Edges =>
    [
        "\u00fc"u8.ToArray(), "\u20ac"u8.ToArray(), "\U0001f600"u8.ToArray(), "\U000e0041"u8.ToArray(), "\u202e"u8.ToArray(), "\u2028"u8.ToArray(),
        "\ufeff"u8.ToArray(), "\\\"\\\""u8.ToArray(), "\t\n\u0001\u007f\0"u8.ToArray(), "\ufffd\u00ad\u0085"u8.ToArray(),
        [0xFF, 0xFE, 0xC0], [0xE2, 0x82, (byte)'x'], [0xF0, 0x9F, 0x98], [0xF0, 0x9F, 0xE2, 0x82, 0xAC], [0xED, 0xA0, 0x80],
        [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80], [0xE2, 0x82, 0xAC, 0x82, 0x82, 0x82, 0x82], [0xF0, 0x9F, 0x98, 0x80, 0x80, 0x80, 0x80, 0x80],
    ];

    [Theory]
    [MemberData(nameof(Edges))]
    public async Task Print_WhatLiesAcrossTheEndOfAPiece_IsShownAsInASmallFrame(byte[] edge)
    {
        var small = await FrameAsync([.. edge, (byte)'z']);
        for (var ahead = Piece.Size - edge.Length - 1; ahead <= Piece.Size + 1; ahead++)
        {
            Assert.Equal(new string('a', ahead) + small, await FrameAsync([.. Letters(ahead), .. edge, (byte)'z']));
            Assert.Equal(new string('a', ahead) + await FrameAsync(edge), await FrameAsync([.. Letters(ahead), .. edge]));
        }
    }

    [Theory]
    [MemberData(nameof(Edges))]
    public async Task Print_JsonOfWhatLiesAcrossTheEndOfAPiece_IsThatOfTheWholeFrame(byte[] edge)
    {
        for (var ahead = Piece.Size - edge.Length - 1; ahead <= Piece.Size + 1; ahead++)
        {
            byte[] frame = [.. Letters(ahead), .. edge, .. Letters(Piece.Size)];
            Assert.Equal(Json(frame), await TextAsync(Message.Of([frame]), "--json"));
        }
    }

    [Fact]
    public async Task Print_JsonOfEveryCharacter_IsTheSerializersButForWhatSteers()
    {
        var all = new StringBuilder();
        for (var value = 0; value <= 0x10FFFF; value += value < 0x11000 ? 1 : 0xFF)
        {
            if (Rune.TryCreate(value, out var rune)) all.Append(rune.ToString());
        }

        Assert.Equal(Json(Encoding.UTF8.GetBytes(all.ToString())), await TextAsync(Message.Of(all.ToString()), "--json"));
    }

    [Theory]
    [InlineData(Piece.Size - 1)]
    [InlineData(Piece.Size)]
    [InlineData(Piece.Size + 1)]
    [InlineData(20 * Piece.Size)]
    public async Task Print_OctetsOfAnyLength_AreAllThere(int length)
    {
        var octets = new byte[length];
        for (var i = 0; i < length; i++) octets[i] = (byte)(i % 251);
        var digits = Convert.ToHexStringLower(octets);

        Assert.Equal(octets, await PrintAsync(Message.Of([octets]), "--raw"));
        Assert.Equal($"{digits}:6100\n", await TextAsync(Message.Of(octets, "a\0"u8.ToArray()), "--hex", "--delimiter", ":"));
        Assert.Equal(
            $"{{\"frames\":[\"{digits}\",\"\",\"61\"],\"encoding\":\"hex\"}}\n",
            await TextAsync(Message.Of(octets, Array.Empty<byte>(), "a"u8.ToArray()), "--json"));
    }

    [Theory]
    [InlineData]
    [InlineData("--json")]
    [InlineData("--hex")]
    [InlineData("--raw")]
    public async Task Print_ASmallMessage_IsWrittenAtOnce(params string[] options)
    {
        var output = new CountingStream();
        var printer = Printer(new TestConsole(output), options);
        for (var i = 1; i <= 3; i++)
        {
            using var message = Message.Of("a topic", "", new string('\u00fc', 5_000));
            await printer.PrintAsync(message, CancellationToken.None).WithinAsync();
            Assert.Equal(i, output.Writes);
        }
    }

    /// <summary>A message may have a large part of what memory there is.</summary>
    [Theory]
    [InlineData(0x00, 4)]
    [InlineData(0xFF, 4)]
    [InlineData('a', 1)]
    [InlineData(0xFF, 2, "--json")]
    [InlineData(0x00, 6, "--json")]
    [InlineData('a', 1, "--json")]
    [InlineData(0x00, 2, "--hex")]
    [InlineData(0x00, 1, "--raw")]
    public void Print_ALargeMessage_TakesLittleMemory(byte octet, int shownAs, params string[] options)
    {
        var octets = new byte[Large];
        octets.AsSpan().Fill(octet);
        using var message = Message.Of([octets]);
        var output = new CountingStream();
        var printer = Printer(new TestConsole(output), options);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var printing = printer.PrintAsync(message, CancellationToken.None);
        var taken = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(printing.IsCompletedSuccessfully);
        Assert.InRange(output.Octets, (long)Large * shownAs, ((long)Large * shownAs) + 100);
        Assert.InRange(taken, 0, Little);
    }

    private static string Json(byte[] frame)
    {
        var text = Encoding.UTF8.GetString(frame);
        if (!Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(frame)) return $"{{\"frames\":[\"{Convert.ToHexStringLower(frame)}\"],\"encoding\":\"hex\"}}\n";
        var options = new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        var json = new StringBuilder();
        foreach (var character in JsonSerializer.Serialize(text, options))
        {
            if (IsSteering(character)) json.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            else json.Append(character);
        }

        return $"{{\"frames\":[{json}],\"encoding\":\"utf-8\"}}\n";
    }

    private static bool IsSteering(char character) => char.GetUnicodeCategory(character)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static byte[] Letters(int count) => Encoding.ASCII.GetBytes(new string('a', count));

    private static async Task<string> FrameAsync(byte[] frame) => (await TextAsync(Message.Of([frame]))).TrimEnd('\n');

    private static async Task<string> TextAsync(Message message, params string[] options) =>
        Encoding.UTF8.GetString(await PrintAsync(message, options));

    private static async Task<byte[]> PrintAsync(Message message, params string[] options)
    {
        var console = new TestConsole();
        await Printer(console, options).PrintAsync(message, CancellationToken.None).WithinAsync();
        message.Dispose();
        return console.OutputOctets;
    }

    private static MessagePrinter Printer(TestConsole console, params string[] options)
    {
        var command = new Command("show");
        var output = new OutputOptions(command);
        return new MessagePrinter(output, command.Parse(options), console);
    }
}
