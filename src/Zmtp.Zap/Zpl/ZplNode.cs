namespace Zmtp.Zap;

/// <summary>A property of a ZPL text and the properties nested below it. Not thread-safe while it is changed.</summary>
public sealed class ZplNode
{
    private readonly List<ZplNode> _children = [];

    /// <summary>Creates a node without children.</summary>
    /// <param name="name">One or more of A-Z, a-z, 0-9, "$-_@.&amp;+/"; "/" neither first nor last.</param>
    /// <param name="value">The value, or null for a name alone (a section).</param>
    /// <exception cref="ArgumentException">
    /// The name breaks the grammar, or the value could not be read back: it holds both kinds of quote, a line break or another control
    /// character.
    /// </exception>
    public ZplNode(string name, string? value = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ZplWriter.ThrowIfNotAName(name, nameof(name));
        if (value is not null) ZplWriter.ThrowIfNotAValue(value, nameof(value));
        Name = name;
        Value = value ?? "";
        HasValue = value is not null;
    }

    private ZplNode(in ZplProperty property)
    {
        Name = property.Name;
        Value = property.Value ?? "";
        HasValue = property.Value is not null;
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The value; empty when there is none.</summary>
    public string Value { get; }

    /// <summary>Whether there is a value, even an empty one.</summary>
    public bool HasValue { get; }

    /// <summary>The properties one level below, in the order of the text. A name may come more than once.</summary>
    public IReadOnlyList<ZplNode> Children => _children;

    /// <summary>Appends a child.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value, or null.</param>
    /// <returns>The child.</returns>
    /// <exception cref="ArgumentException">As for the constructor.</exception>
    public ZplNode Add(string name, string? value = null)
    {
        var child = new ZplNode(name, value);
        _children.Add(child);
        return child;
    }

    /// <summary>Finds the first child of a name; names are compared exactly.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The child, or null.</returns>
    public ZplNode? Find(string name) => _children.Find(child => child.Name == name);

    /// <summary>
    /// A node as it was read: its value may be one that cannot be written back, because unquoted values may hold both kinds of quote.
    /// </summary>
    internal static ZplNode OfLoaded(in ZplProperty property) => new(property);

    internal void Add(ZplNode child) => _children.Add(child);

    /// <summary>The name and the value.</summary>
    public override string ToString() => HasValue ? $"{Name} = {Value}" : Name;
}
