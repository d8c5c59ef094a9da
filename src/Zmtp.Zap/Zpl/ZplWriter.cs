using System.Text;

namespace Zmtp.Zap;

/// <summary>Writes what the reader reads back: values always in quotes, as CZMQ does, double ones unless the value holds one.</summary>
internal static class ZplWriter
{
    private const string Indent = "    ";

    public static void Write(StringBuilder output, IReadOnlyList<ZplNode> nodes)
    {
        // The reader wants "#" or a letter or digit first.
        if (nodes.Count > 0 && !char.IsAsciiLetterOrDigit(nodes[0].Name[0])) output.Append("#\n");
        WriteLevel(output, nodes, depth: 0);
    }

    public static void WriteProperty(StringBuilder output, int depth, string name, string value)
    {
        var quote = value.Contains('"', StringComparison.Ordinal) ? '\'' : '"';
        AppendIndent(output, depth).Append(name).Append(" = ").Append(quote).Append(value).Append(quote).Append('\n');
    }

    public static void ThrowIfNotAName(string name, string parameter)
    {
        if (ZplLineParser.IsName(name)) return;
        throw new ArgumentException(
            $"\"{name}\" is not a ZPL name. Use A-Z, a-z, 0-9 and $-_@.&+/, with \"/\" neither first nor last.", parameter);
    }

    public static void ThrowIfNotAValue(string value, string parameter)
    {
        if (value.Contains('"', StringComparison.Ordinal) && value.Contains('\'', StringComparison.Ordinal))
        {
            throw new ArgumentException("A ZPL value cannot hold both kinds of quote, because ZPL has no escapes.", parameter);
        }

        foreach (var character in value)
        {
            if (character is (>= ' ' and not '\x7F') or '\t') continue;
            throw new ArgumentException("A ZPL value is one line without control characters.", parameter);
        }

        // A lone surrogate has no UTF-8 form, so that it could not be read back.
        if (!IsUnicode(value)) throw new ArgumentException("A ZPL value is text that UTF-8 can express.", parameter);
    }

    private static void WriteLevel(StringBuilder output, IReadOnlyList<ZplNode> nodes, int depth)
    {
        if (depth > ZplReader.MaxDepth) throw new InvalidOperationException($"The document is nested deeper than {ZplReader.MaxDepth} levels.");
        foreach (var node in nodes)
        {
            if (node.HasValue) WriteProperty(output, depth, node.Name, node.Value);
            else AppendIndent(output, depth).Append(node.Name).Append('\n');
            WriteLevel(output, node.Children, depth + 1);
        }
    }

    private static StringBuilder AppendIndent(StringBuilder output, int depth)
    {
        for (var i = 0; i < depth; i++) output.Append(Indent);
        return output;
    }

    private static bool IsUnicode(string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (!char.IsSurrogate(value[i])) continue;
            if (i + 1 >= value.Length || !char.IsSurrogatePair(value[i], value[i + 1])) return false;
            i++;
        }

        return true;
    }
}
