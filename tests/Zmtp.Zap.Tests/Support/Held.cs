using System.Collections;
using System.Reflection;
using System.Text;

namespace Zmtp.Zap.Tests;

/// <summary>What an object holds, in whatever it leads to.</summary>
internal static class Held
{
    private const BindingFlags OwnFields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>Whether a text is in any string, characters or octets (UTF-8) among the fields and elements.</summary>
    public static bool Holds(object root, string text)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        return In(root).Any(thing => thing switch
        {
            string held => held.Contains(text, StringComparison.Ordinal),
            char[] held => held.AsSpan().IndexOf(text) >= 0,
            byte[] held => held.AsSpan().IndexOf(octets) >= 0,
            _ => false,
        });
    }

    private static HashSet<object> In(object root)
    {
        var found = new HashSet<object>(ReferenceEqualityComparer.Instance) { root };
        var pending = new Stack<object>(found);
        while (pending.TryPop(out var thing))
        {
            foreach (var part in PartsOf(thing))
            {
                if (found.Add(part)) pending.Push(part);
            }
        }

        return found;
    }

    private static IEnumerable<object> PartsOf(object thing)
    {
        if (thing is string) return [];
        if (thing is Array array) return IsPlain(array.GetType().GetElementType()!) ? [] : ((IEnumerable)array).OfType<object>();
        return FieldsOf(thing.GetType()).Select(field => field.GetValue(thing)).OfType<object>();
    }

    private static IEnumerable<FieldInfo> FieldsOf(Type? type)
    {
        for (; type is not null && !IsPlain(type); type = type.BaseType)
        {
            foreach (var field in type.GetFields(OwnFields))
            {
                if (!IsPlain(field.FieldType)) yield return field;
            }
        }
    }

    // Numbers lead nowhere, and what the runtime keeps of code leads everywhere.
    private static bool IsPlain(Type type) =>
        type.IsPrimitive || type.IsEnum || type.IsPointer ||
        typeof(MemberInfo).IsAssignableFrom(type) || typeof(Delegate).IsAssignableFrom(type);
}
