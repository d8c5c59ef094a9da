namespace Zmtp.Zap;

/// <summary>
/// Finds the users of a password file that would be refused because its hashes are of too many different costs. Stateless.
/// </summary>
internal static class PasswordFileCosts
{
    private const int MostNamed = 5;

    /// <summary>Throws if a change would lock users out.</summary>
    /// <param name="path">The file's path, for the error.</param>
    /// <param name="before">What the file says; empty where there is none.</param>
    /// <param name="after">What it is to say.</param>
    /// <param name="changed">The users that the change has given an entry.</param>
    /// <exception cref="InvalidOperationException">
    /// Users who were not refused before, or were given an entry, would be refused; the message names them.
    /// </exception>
    public static void ThrowIfTooMany(
        string path, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, IReadOnlySet<string> changed)
    {
        // A change that only takes users out must be possible, whatever else is wrong with the file.
        if (changed.Count == 0) return;
        var refused = Refused(after);
        if (refused.Count == 0) return;
        string[] lockedOut = [.. refused.Except(Refused(before).Except(changed), StringComparer.Ordinal)];
        if (lockedOut.Length == 0) return;
        var names = string.Join(", ", lockedOut.Take(MostNamed).Select(static name => $"\"{ZapText.ToPrintable(name)}\""));
        var more = lockedOut.Length > MostNamed ? $" and {lockedOut.Length - MostNamed} more" : "";
        throw new InvalidOperationException(
            $"{path} would have hashes of more than {PasswordTable.MaxCosts} different costs, and {names}{more} could not come in. Nothing was " +
            "written. Set all passwords that are of one of the other costs again before saving, or remove those users, or make hashes of a " +
            "cost that the file has.");
    }

    private static List<string> Refused(ReadOnlySpan<byte> text)
    {
        using var key = new PasswordKey();
        var problems = PasswordFileParser.Parse(text, new PasswordTable(key, Argon2Hasher.Instance));
        var refused = problems.Where(static problem => problem.Message == PasswordFileParser.TooManyCosts);
        return [.. refused.Select(static problem => problem.UserName!)];
    }
}
