using Xunit;

namespace Zmtp.Testing;

/// <summary>A theory of Linux; skipped elsewhere.</summary>
public sealed class LinuxTheoryAttribute : TheoryAttribute
{
    /// <summary>A theory, skipped where it cannot be seen.</summary>
    public LinuxTheoryAttribute() => Skip = Missing.Linux;
}
