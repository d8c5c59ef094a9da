namespace Zmtp.Testing;

/// <summary>Names the conformance rows (docs/conformance-rows.tsv) that a test shows.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
public sealed class SpecAttribute(params string[] ids) : Attribute
{
    /// <summary>The row ids, for example <c>CURVE-14</c>.</summary>
    public IReadOnlyList<string> Ids => ids;
}
