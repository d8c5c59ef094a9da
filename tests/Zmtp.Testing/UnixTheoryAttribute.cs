using Xunit;

namespace Zmtp.Testing;

/// <summary>A theory of Unix; skipped on Windows.</summary>
public sealed class UnixTheoryAttribute : TheoryAttribute
{
    /// <summary>A theory, skipped where it cannot be seen.</summary>
    public UnixTheoryAttribute() => Skip = Missing.Unix;
}
