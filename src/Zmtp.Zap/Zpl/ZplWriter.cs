using System.Text;

namespace Zmtp.Zap;

/// <summary>Writes what the reader reads back: values always in quotes, as CZMQ does, double ones unless the value holds one.</summary>
internal static class ZplWriter
{
    private const string Indent = "    ";
    private const string Equal = " = ";
    private const int Quotes = 2;

    public static void Write(StringBuilder output, IReadOnlyList<ZplNode> nodes)
    {
        // The reader wants "#" or a letter or digit first.
        if (nodes.Count > 0 && !char.IsAsciiLetterOrDigit(nodes[0].Name[0])) output.Append("#\n");
        WriteLevel(output, nodes, depth: 0);
    }

    /// <exception cref="InvalidOperationException">The value was read from a text without quotes and cannot be put in any.</exception>
    public static void WriteProperty(StringBuilder output, int depth, string name, string value)
    {
        if (WhyNotAValue(value) is { } why) throw new InvalidOperationException($"The value of \"{name}\" cannot be written. {why}");
        var quote = value.Contains('"', StringComparison.Ordinal) ? '\'' : '"';
        AppendIndent(output, depth).Append(name).Append(Equal).Append(quote).Append(value).Append(quote).Append('\n');
    }

    public static void ThrowIfNotAName(string name, string parameter)
    {
        if (ZplLineParser.IsName(name)) return;
        throw new ArgumentException(
            $"\"{name}\" is not a ZPL name. Use A-Z, a-z, 0-9 and $-_@.&+/, with \"/\" neither first nor last.", parameter);
    }

    public static void ThrowIfNotAValue(string value, string parameter)
    {
        if (WhyNotAValue(value) is { } why) throw new ArgumentException(why, parameter);
    }

    private static string? WhyNotAValue(string value)
    {
        if (value.Contains('"', StringComparison.Ordinal) && value.Contains('\'', StringComparison.Ordinal))
        {
            return "A ZPL value cannot hold both kinds of quote, because ZPL has no escapes.";
        }

        foreach (var character in value)
        {
            if (character is not ((>= ' ' and not '\x7F') or '\t')) return "A ZPL value is one line without control characters.";
        }

        // A lone surrogate has no UTF-8 form, so that it could not be read back.
        return ZapText.IsUnicode(value) ? null : "A ZPL value is text that UTF-8 can express.";
    }

    private static void WriteLevel(StringBuilder output, IReadOnlyList<ZplNode> nodes, int depth)
    {
        if (depth > ZplReader.MaxDepth)
        {
            throw new InvalidOperationException($"The document is nested deeper than {ZplReader.MaxDepth} levels.");
        }

        foreach (var node in nodes)
        {
            ThrowIfTooLong(depth, node);
            if (node.HasValue) WriteProperty(output, depth, node.Name, node.Value);
            else AppendIndent(output, depth).Append(node.Name).Append('\n');
            WriteLevel(output, node.Children, depth + 1);
        }
    }

    // Not for certificates, which are no longer as a whole: there it is the metadata that must be told of.
    private static void ThrowIfTooLong(int depth, ZplNode node)
    {
        var length = (depth * Indent.Length) + node.Name.Length;
        if (node.HasValue) length += Equal.Length + Encoding.UTF8.GetByteCount(node.Value) + Quotes;
        if (length <= ZplReader.MaxLineLength) return;
        throw new InvalidOperationException(
            $"The line of \"{ZapText.ToPrintable(node.Name)}\" would have {length} octets, and none of more than {ZplReader.MaxLineLength} is " +
            "read. Shorten it.");
    }

    private static StringBuilder AppendIndent(StringBuilder output, int depth)
    {
        for (var i = 0; i < depth; i++) output.Append(Indent);
        return output;
    }
}
