using System.Text;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

public sealed class ZplTests
{
    [Theory]
    [Spec("ZPL-04", "ZPL-05", "ZPL-06", "ZPL-07", "ZPL-08", "ZPL-09", "ZPL-11", "ZPL-12", "ZPL-15")]
    [InlineData("a", "")]
    [InlineData("a =", "")]
    [InlineData("a = \"\"", "")]
    [InlineData("a=1", "1")]
    [InlineData("a = 1", "1")]
    [InlineData("a   =1", "1")]
    [InlineData("a\t=\t1", "1")]
    [InlineData("a = 007", "007")]
    [InlineData("a = 1 # x", "1")]
    [InlineData("a = 1#x", "1")]
    [InlineData("a # x = 2", "")]
    [InlineData("a = x   ", "x")]
    [InlineData("a = x\t ", "x")]
    [InlineData("a = x y", "x y")]
    [InlineData("a = \"x  \"", "x  ")]
    [InlineData("a = \"x y\"", "x y")]
    [InlineData("a = 'x y'", "x y")]
    [InlineData("a = \"x\" # comment", "x")]
    [InlineData("a = \"x\"  ", "x")]
    [InlineData("a = \"#2\"", "#2")]
    [InlineData("a = \"b=c\"", "b=c")]
    [InlineData("a = b=c", "b=c")]
    [InlineData("a = \"it's\"", "it's")]
    [InlineData("a = 'say \"x\"'", "say \"x\"")]
    [InlineData("a = it's", "it's")]
    [InlineData("a = \"x\\y\"", "x\\y")]
    [InlineData("a = x\\n", "x\\n")]
    [InlineData("a = tcp://*:5555", "tcp://*:5555")]
    public void ZPL_Value_IsUntypedText(string line, string value)
    {
        var node = Assert.Single(ZplDocument.Parse(line).Nodes);
        Assert.Equal(("a", value), (node.Name, node.Value));
    }

    [Fact]
    [Spec("ZPL-01")]
    public void ZPL_Name_MayHaveItsSpecialCharacters() => Assert.Equal("a$-_@.&+/b1", ZplDocument.Parse("a$-_@.&+/b1").Nodes[0].Name);

    [Theory]
    [Spec("ZPL-01", "ZPL-14", "ZPL-17")]
    [InlineData("a b", 1, 3)]
    [InlineData("a:b", 1, 2)]
    [InlineData("é = 1", 1, 1)]
    [InlineData("aé = 1", 1, 2)]
    [InlineData("x\ny/ = 1", 2, 1)]
    [InlineData("x\n/y = 1", 2, 1)]
    [InlineData("x\n= 1", 2, 1)]
    [InlineData("= 1", 1, 1)]
    [InlineData("$a = 1", 1, 1)]
    [InlineData("x\n\ty = 1", 2, 1)]
    [InlineData("x\n  \t y = 1", 2, 3)]
    public void ZPL_BadName_IsRefusedWithLineAndColumn(string text, int line, int column) => AssertError(text, line, column);

    [Theory]
    [Spec("ZPL-03", "ZPL-10", "ZPL-18")]
    [InlineData("a = \"x", 1, 5)]
    [InlineData("a = 'x\"", 1, 5)]
    [InlineData("b\na = \"x\" y", 2, 9)]
    [InlineData("a = \"x\"\"", 1, 8)]
    [InlineData("a = é", 1, 5)]
    [InlineData("a = x\u0001y", 1, 6)]
    [InlineData("a = \"x\u0001\"", 1, 7)]
    [InlineData("a = \"\u007F\"", 1, 6)]
    public void ZPL_BadValue_IsRefusedWithLineAndColumn(string text, int line, int column) => AssertError(text, line, column);

    [Theory]
    [Spec("ZPL-13")]
    [InlineData("a\n  b", 2, 3)]
    [InlineData("a\n   b", 2, 4)]
    [InlineData("a\n     b", 2, 6)]
    [InlineData("a\n        b", 2, 9)]
    [InlineData("    a", 1, 5)]
    [InlineData("a\n    b\nc\n        d", 4, 9)]
    public void ZPL_BadIndentation_IsRefusedWithLineAndColumn(string text, int line, int column) => AssertError(text, line, column);

    [Fact]
    [Spec("ZPL-13")]
    public void ZPL_NestedTooDeep_IsRefusedWithLineAndColumn()
    {
        var text = string.Concat(Enumerable.Range(0, ZplReader.MaxDepth + 2).Select(depth => $"{new string(' ', depth * 4)}a\n"));
        AssertError(text, ZplReader.MaxDepth + 2, ((ZplReader.MaxDepth + 1) * 4) + 1);
    }

    [Theory]
    [InlineData("a = \"\u00ff\"\n", 1, 6)]
    [InlineData("b\na = \"xy\u00ff\"\n", 2, 8)]
    [InlineData("a = \"x\u00c3\"", 1, 7)]
    [InlineData("a = \"\u00c3\u00a9\u00c3x\"", 1, 8)]
    [InlineData("a = '\u00e2\u0082x'", 1, 6)]
    [InlineData("a = x\u00ff", 1, 6)]
    public void ZPL_NotUtf8_IsRefusedAtTheOctet(string latin1, int line, int column)
    {
        var error = Assert.Throws<ZplFormatException>(() => ZplDocument.Parse(Encoding.Latin1.GetBytes(latin1)));
        Assert.Equal((line, column), (error.Line, error.Column));
    }

    [Fact]
    [Spec("ZPL-13")]
    public void ZPL_Indentation_NestsByFourSpaces()
    {
        var document = ZplDocument.Parse("a = 1\n    b = 2\n        c = 3\n    d = 4\ne\n    b = 5\n");
        Assert.Equal(["a", "e"], document.Nodes.Select(node => node.Name));
        Assert.Equal(["b", "d"], document.Nodes[0].Children.Select(node => node.Name));
        Assert.Equal("3", document.Find("a", "b", "c")?.Value);
        Assert.Equal("5", document.Find("e", "b")?.Value);
        Assert.Null(document.Find("a", "c"));
    }

    [Fact]
    public void ZPL_RepeatedNames_AreKeptInOrderAndTheFirstIsFound()
    {
        var document = ZplDocument.Parse("a = 1\na = 2\n");
        Assert.Equal(["1", "2"], document.Nodes.Select(node => node.Value));
        Assert.Equal("1", document.Find("a")?.Value);
    }

    [Theory]
    [Spec("ZPL-02")]
    [InlineData("\n")]
    [InlineData("\r")]
    [InlineData("\r\n")]
    public void ZPL_LineEnd_IsAnyOfThree(string end)
    {
        var document = ZplDocument.Parse(string.Join(end, "a", "    b = \"1\"", "", "c = 2"));
        Assert.Equal("a\n    b = \"1\"\nc = \"2\"\n", document.ToString());
        Assert.Equal(4, Assert.Throws<ZplFormatException>(() => ZplDocument.Parse(string.Join(end, "a", "", "b", "!"))).Line);
    }

    [Theory]
    [Spec("ZPL-05", "ZPL-14")]
    [InlineData("   # x\na")]
    [InlineData("\t# x\na")]
    [InlineData("#\na\n  # x\n")]
    [InlineData("\n \n\t\n# é \u0001\na")]
    [InlineData("\uFEFFa")]
    public void ZPL_CommentsAndBlankLines_DoNotCount(string text) => Assert.Equal("a\n", ZplDocument.Parse(text).ToString());

    [Fact]
    [Spec("ZPL-03")]
    public void ZPL_NotAscii_PassesInQuotesOnly()
    {
        Assert.Equal("Ünï", ZplDocument.Parse("a = \"Ünï\"").Nodes[0].Value);
        var error = Assert.Throws<ZplFormatException>(() => ZplDocument.Parse([(byte)'a', (byte)'=', (byte)'"', 0xFF, (byte)'"']));
        Assert.Contains("UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Spec("ZPL-16")]
    public void ZPL_OctetByOctet_GivesTheSameProperties()
    {
        var octets = Encoding.UTF8.GetBytes("# x\r\na = 1\r    b = \"é\"\n\r\nc\n    d = 'q'");
        var properties = new List<ZplProperty>();
        var reader = new ZplReader(properties.Add);
        for (var i = 0; i < octets.Length; i++)
        {
            reader.Append(octets.AsSpan(i, 1));

            // A complete line is handed on before anything of the next one has come.
            if (octets[i] == '\r' && properties.Count == 0 && i > 6) Assert.Fail("The line was not handed on at its end.");
        }

        Assert.Equal(3, properties.Count);
        reader.Complete();
        Assert.Equal(
            [new(0, "a", "1", 2), new(1, "b", "é", 3), new(0, "c", null, 5), new(1, "d", "q", 6)],
            properties);
    }

    [Fact]
    public void ZPL_EndlessLine_IsRefusedBeforeItFillsTheMemory()
    {
        var reader = new ZplReader(_ => { });
        reader.Append(new byte[ZplReader.MaxLineLength]);
        var error = Assert.Throws<ZplFormatException>(() => reader.Append(new byte[1]));
        Assert.Equal((1, ZplReader.MaxLineLength + 1), (error.Line, error.Column));
    }

    [Fact]
    public void ZPL_Error_NamesFileLineAndColumn()
    {
        var error = Assert.Throws<ZplFormatException>(() => ZplDocument.Parse("a\nb c\n"u8, "/x/y.txt"));
        Assert.Equal(("/x/y.txt", 2, 3), (error.File, error.Line, error.Column));
        Assert.StartsWith("/x/y.txt, line 2, column 3: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [Spec("ZPL-19")]
    [InlineData("x", "a = \"x\"\n")]
    [InlineData("", "a = \"\"\n")]
    [InlineData("it's", "a = \"it's\"\n")]
    [InlineData("say \"x\"", "a = 'say \"x\"'\n")]
    public void ZPL_Writer_QuotesWithTheQuoteNotContained(string value, string text)
    {
        var document = new ZplDocument();
        document.Add("a", value);
        Assert.Equal(text, document.ToString());
    }

    [Theory]
    [Spec("ZPL-19")]
    [InlineData("it's \"x\"")]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("a\0b")]
    public void ZPL_Writer_RefusesWhatCannotBeReadBack(string value) =>
        Assert.Throws<ArgumentException>(() => new ZplDocument().Add("a", value));

    [Fact]
    [Spec("ZPL-19")]
    public void ZPL_Writer_RefusesHalfASurrogatePairAndUnquotedValuesWithBothQuotes()
    {
        Assert.Throws<ArgumentException>(() => new ZplDocument().Add("a", "x\uD800"));
        Assert.Throws<InvalidOperationException>(() => ZplDocument.Parse("a = it's \"x\"").ToString());
    }

    [Theory]
    [Spec("ZPL-01", "ZPL-19")]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a=b")]
    [InlineData("/a")]
    [InlineData("é")]
    public void ZPL_Writer_RefusesBadNames(string name) => Assert.Throws<ArgumentException>(() => new ZplDocument().Add(name));

    [Fact]
    [Spec("ZPL-19")]
    public void ZPL_Writer_AnyTree_ReadsBackTheSame()
    {
        const string NameCharacters = "azAZ09$-_@.&+";
        const string ValueCharacters = "aZ09 \t#=\"'\\é€:/*$";
        var random = new Random(20260101);
        for (var round = 0; round < 500; round++)
        {
            var document = new ZplDocument();
            var open = new List<ZplNode>();
            for (var i = random.Next(12); i > 0; i--)
            {
                var name = Text(NameCharacters, 1 + random.Next(5));
                var quote = random.Next(2) == 0 ? '"' : '\'';
                var value = random.Next(3) == 0 ? null : Text(ValueCharacters, random.Next(8)).Replace(quote, '.');
                var depth = random.Next(open.Count + 1);
                open.RemoveRange(depth, open.Count - depth);
                open.Add(depth == 0 ? document.Add(name, value) : open[^1].Add(name, value));
            }

            var text = document.ToString();
            var again = ZplDocument.Parse(text);
            Assert.Equal(Flatten(document.Nodes, 0), Flatten(again.Nodes, 0));
            Assert.Equal(text, again.ToString());
        }

        string Text(string characters, int length) =>
            new([.. Enumerable.Range(0, length).Select(_ => characters[random.Next(characters.Length)])]);
    }

    /// <summary>What our own reader would refuse is not written: octets count, and what stands around the value, too.</summary>
    [Theory]
    [InlineData('x', 1)]
    [InlineData('\u00e9', 2)]
    public void ZPL_LineLongerThanIsRead_IsNotWritten(char character, int size)
    {
        const string Before = "    name = \"";
        const string After = "\"";
        var room = ZplReader.MaxLineLength - Before.Length - After.Length;
        var document = new ZplDocument();
        var node = document.Add("top").Add("name", new string(character, room / size));
        Assert.Equal(node.Value, ZplDocument.Parse(document.ToString()).Find("top", "name")!.Value);

        document = new ZplDocument();
        document.Add("top").Add("name", new string(character, (room / size) + 1));
        var error = Assert.Throws<InvalidOperationException>(document.ToString);
        Assert.Contains("\"name\"", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{ZplReader.MaxLineLength}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ZPL_NameLongerThanALineThatIsRead_IsNotWritten()
    {
        var document = new ZplDocument();
        document.Add(new string('a', ZplReader.MaxLineLength));
        Assert.Single(ZplDocument.Parse(document.ToString()).Nodes);
        document.Add(new string('b', ZplReader.MaxLineLength + 1));
        var error = Assert.Throws<InvalidOperationException>(document.ToString);
        Assert.InRange(error.Message.Length, 1, 1000);
    }

    [Fact]
    public void ZPL_RandomOctets_ParseOrAreRefusedAndNothingElse()
    {
        var random = new Random(4);
        var pieces = new[] { "a", "=", " ", "    ", "\"", "'", "#", "\n", "\r", "\t", "é", "/", "curve", "\0" };
        for (var round = 0; round < 5000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(15)).Select(_ => pieces[random.Next(pieces.Length)]));
            try
            {
                ZplDocument.Parse(text);
            }
            catch (ZplFormatException error)
            {
                Assert.InRange(error.Line, 1, 20);
                Assert.InRange(error.Column, 1, text.Length + 2);
            }
        }
    }

    [Fact]
    public void ZPL_Stream_IsReadToItsEnd()
    {
        var text = string.Concat(Enumerable.Range(0, 1000).Select(i => $"name{i} = \"{i}\"\n"));
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        Assert.Equal(text, ZplDocument.Load(stream).ToString());
    }

    private static IEnumerable<(int Depth, string Name, string Value, bool HasValue)> Flatten(IEnumerable<ZplNode> nodes, int depth) =>
        nodes.SelectMany(node => Flatten(node.Children, depth + 1).Prepend((depth, node.Name, node.Value, node.HasValue)));

    private static ZplFormatException AssertError(string text) => Assert.Throws<ZplFormatException>(() => ZplDocument.Parse(text));

    private static void AssertError(string text, int line, int column)
    {
        var error = AssertError(text);
        Assert.Equal((line, column), (error.Line, error.Column));
    }
}
