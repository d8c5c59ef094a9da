using Xunit;

namespace Zmtp.Testing;

/// <summary>A fact of Linux; skipped elsewhere.</summary>
public sealed class LinuxFactAttribute : FactAttribute
{
    /// <summary>A fact, skipped where it cannot be seen.</summary>
    public LinuxFactAttribute() => Skip = Missing.Linux;
}
