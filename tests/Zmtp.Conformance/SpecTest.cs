namespace Zmtp.Conformance;

/// <summary>A test method, and the rows that its [Spec] attributes name.</summary>
internal sealed record SpecTest(string ClassName, string Method, IReadOnlyList<string> Ids)
{
    /// <summary>The class without its namespace, and the method.</summary>
    public string ShortName => ClassName[(ClassName.LastIndexOfAny(['.', '+']) + 1)..] + "." + Method;
}
