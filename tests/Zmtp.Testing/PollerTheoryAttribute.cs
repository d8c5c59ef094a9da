using Xunit;

namespace Zmtp.Testing;

/// <summary>A theory of connections that a poller watches; skipped where there is none.</summary>
public sealed class PollerTheoryAttribute : TheoryAttribute
{
    /// <summary>A theory, skipped where it cannot be seen.</summary>
    public PollerTheoryAttribute() => Skip = Missing.Poller;
}
