using Xunit;

namespace Zmtp.Testing;

/// <summary>A fact of Unix; skipped on Windows.</summary>
public sealed class UnixFactAttribute : FactAttribute
{
    /// <summary>A fact, skipped where it cannot be seen.</summary>
    public UnixFactAttribute() => Skip = Missing.Unix;
}
