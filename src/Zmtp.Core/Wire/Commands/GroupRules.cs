namespace Zmtp.Wire;

/// <summary>What RFC 48 lets be a group.</summary>
internal static class GroupRules
{
    public const int MaxLength = byte.MaxValue;

    public static bool IsGroup(ReadOnlySpan<byte> group) => group.Length <= MaxLength && !group.Contains((byte)0);

    public static void ThrowIfNotAGroup(ReadOnlySpan<byte> group)
    {
        if (IsGroup(group)) return;
        throw new ArgumentException($"A group has at most {MaxLength} octets, none of them zero.", nameof(group));
    }
}
