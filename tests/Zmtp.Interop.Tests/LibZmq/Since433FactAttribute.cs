namespace Zmtp.Interop.Tests.LibZmq;

/// <summary>A fact about libzmq 4.3.3 and later; skipped where the tests are run against an older one.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class Since433FactAttribute : FactAttribute
{
    /// <summary>Creates it.</summary>
    public Since433FactAttribute() => Skip = LibZmqContext.SkipBefore433;
}
