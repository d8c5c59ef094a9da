using System.Text;

namespace Zmtp.Zap;

/// <summary>A ZPL text (RFC 4) as a tree. Comments are not kept. Not thread-safe while it is changed.</summary>
public sealed class ZplDocument
{
    private readonly List<ZplNode> _nodes = [];

    /// <summary>The properties at the left margin, in the order of the text.</summary>
    public IReadOnlyList<ZplNode> Nodes => _nodes;

    /// <summary>Reads a text.</summary>
    /// <param name="text">The whole text.</param>
    /// <exception cref="ZplFormatException">The text breaks the grammar.</exception>
    public static ZplDocument Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Parse(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Reads a text.</summary>
    /// <param name="octets">The whole text as UTF-8.</param>
    /// <param name="file">A path for error messages, or null.</param>
    /// <exception cref="ZplFormatException">The text breaks the grammar.</exception>
    public static ZplDocument Parse(ReadOnlySpan<byte> octets, string? file = null)
    {
        var document = new ZplDocument();
        var reader = document.CreateReader(file);
        reader.Append(octets);
        reader.Complete();
        return document;
    }

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">The text as UTF-8; not closed.</param>
    /// <param name="file">A path for error messages, or null.</param>
    /// <exception cref="ZplFormatException">The text breaks the grammar.</exception>
    public static ZplDocument Load(Stream stream, string? file = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var document = new ZplDocument();
        var reader = document.CreateReader(file);
        Span<byte> buffer = stackalloc byte[1024];
        for (var count = stream.Read(buffer); count > 0; count = stream.Read(buffer)) reader.Append(buffer[..count]);
        reader.Complete();
        return document;
    }

    /// <summary>Appends a property at the left margin.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value, or null.</param>
    /// <returns>The property.</returns>
    /// <exception cref="ArgumentException">Name or value break the grammar; see <see cref="ZplNode"/>.</exception>
    public ZplNode Add(string name, string? value = null)
    {
        var node = new ZplNode(name, value);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Finds a property by the names on the way to it; of equal names the first counts.</summary>
    /// <param name="names">For example "curve", "public-key".</param>
    /// <returns>The property, or null.</returns>
    public ZplNode? Find(params ReadOnlySpan<string> names)
    {
        ZplNode? found = null;
        foreach (var name in names)
        {
            found = found is null ? _nodes.Find(node => node.Name == name) : found.Find(name);
            if (found is null) return null;
        }

        return found;
    }

    /// <summary>The text: four spaces for each level, values in quotes, lines ended by LF. Reads back as the same tree.</summary>
    /// <exception cref="InvalidOperationException">
    /// The tree is deeper than <see cref="ZplReader.MaxDepth"/>, an unquoted value that was read holds both kinds of quote, or a line, with its
    /// spaces and quotes, would be longer than <see cref="ZplReader.MaxLineLength"/>.
    /// </exception>
    public override string ToString()
    {
        var output = new StringBuilder();
        ZplWriter.Write(output, _nodes);
        return output.ToString();
    }

    private ZplReader CreateReader(string? file)
    {
        // The open node of each level; the reader has made sure that no level is skipped.
        var open = new List<ZplNode>();
        return new ZplReader(
            property =>
            {
                open.RemoveRange(property.Depth, open.Count - property.Depth);
                var node = ZplNode.OfLoaded(property);
                if (property.Depth == 0) _nodes.Add(node);
                else open[^1].Add(node);
                open.Add(node);
            },
            file);
    }
}
