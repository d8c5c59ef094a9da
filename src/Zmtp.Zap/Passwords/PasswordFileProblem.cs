namespace Zmtp.Zap;

/// <summary>
/// Why a line of a password file, or the file as a whole, counts for nothing; or, as its message says, counts for a name that is probably
/// another than was meant. It harms no other line. Immutable.
/// </summary>
/// <param name="Line">The line, from 1; 0 when the problem is of the file as a whole.</param>
/// <param name="UserName">The name in that line; null when there is none or it is not UTF-8, or for the file as a whole.</param>
/// <param name="Message">A sentence that says what is wrong and what to check. Never a password or a hash.</param>
public sealed record PasswordFileProblem(int Line, string? UserName, string Message)
{
    /// <summary>The line, the name and the message.</summary>
    public override string ToString() => (Line, UserName) switch
    {
        (0, _) => Message,
        (_, null) => $"line {Line}: {Message}",
        _ => $"line {Line}, user \"{ZapText.ToPrintable(UserName)}\": {Message}",
    };
}
