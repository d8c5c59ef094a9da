using System.Collections.ObjectModel;
using System.Reflection;
using System.Runtime.Loader;

namespace Zmtp.Conformance;

/// <summary>Finds the [Spec] attributes of a test assembly, those on base classes and their methods included.</summary>
internal static class SpecScan
{
    private const string SpecAttribute = "Zmtp.Testing.SpecAttribute";
    private const string FactAttribute = "Xunit.FactAttribute";
    private static readonly string[] Mechanisms = ["Null", "Plain", "Curve"];

    /// <summary>Reads the tests of an assembly that lies beside the assemblies it needs.</summary>
    public static IEnumerable<SpecTest> Scan(string path)
    {
        var context = new AssemblyLoadContext(Path.GetFileName(path));
        var resolver = new AssemblyDependencyResolver(path);
        context.Resolving += (_, name) =>
            resolver.ResolveAssemblyToPath(name) is { } found ? context.LoadFromAssemblyPath(found) : null;
        var assembly = context.LoadFromAssemblyPath(path);
        return
            from type in assembly.GetTypes()
            where type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false }
            from method in type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public)
            where IsTest(method)
            let ids = Ids(type, method)
            where ids.Length > 0
            select new SpecTest(type.FullName!, method.Name, ids);
    }

    /// <summary>
    /// The rows that a test shows when it is run as one of a class. What holds for every mechanism is inherited by the classes of all of
    /// them, which are named after theirs; the rows of one mechanism are shown by its own classes only.
    /// </summary>
    public static string[] Ids(Type type, MethodInfo method) =>
    [
        .. Definitions(method).SelectMany(m => Rows(m, m.DeclaringType!))
            .Concat(BasesOf(type).SelectMany(t => Rows(t, t)))
            .Where(row => row.Declaring == type || !IsOfAnotherMechanism(type, row.Id))
            .Select(row => row.Id)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal),
    ];

    private static bool IsTest(MethodInfo method) =>
        Definitions(method)
            .SelectMany(m => m.CustomAttributes)
            .Any(attribute => BasesOf(attribute.AttributeType).Any(t => t.FullName == FactAttribute));

    private static bool IsOfAnotherMechanism(Type type, string id)
    {
        var own = Mechanisms.FirstOrDefault(name => type.Name.StartsWith(name, StringComparison.Ordinal));
        return own is not null && Mechanisms.Any(name => name != own && id.StartsWith($"{name}-", StringComparison.OrdinalIgnoreCase));
    }

    private static IEnumerable<(string Id, Type Declaring)> Rows(MemberInfo member, Type declaring) =>
        member.CustomAttributes
            .Where(attribute => attribute.AttributeType.FullName == SpecAttribute)
            .SelectMany(Arguments)
            .Select(id => (id, declaring));

    private static IEnumerable<string> Arguments(CustomAttributeData attribute) =>
        ((ReadOnlyCollection<CustomAttributeTypedArgument>)attribute.ConstructorArguments[0].Value!).Select(a => (string)a.Value!);

    /// <summary>The method, and the one that it overrides.</summary>
    private static IEnumerable<MethodInfo> Definitions(MethodInfo method) =>
        method.GetBaseDefinition() == method ? [method] : [method, method.GetBaseDefinition()];

    private static IEnumerable<Type> BasesOf(Type type)
    {
        for (Type? current = type; current is not null; current = current.BaseType)
        {
            yield return current;
        }
    }
}
