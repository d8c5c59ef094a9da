namespace Zmtp.Interop.Tests.LibZmq;

/// <summary>A theory about libzmq 4.3.3 and later; skipped where the tests are run against an older one.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class Since433TheoryAttribute : TheoryAttribute
{
    /// <summary>Creates it.</summary>
    public Since433TheoryAttribute() => Skip = LibZmqContext.SkipBefore433;
}
