namespace Zmtp.Testing;

/// <summary>
/// Names what the security history of ZeroMQ teaches and this test asserts, T1 to T22: published vulnerabilities of libzmq (T1 to T12), fixes
/// without a number (T13 to T19), NetMQ (T20), JeroMQ (T21) and CZMQ (T22). docs/guides/security.md lists them.
/// </summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
public sealed class LessonAttribute(params string[] ids) : Attribute
{
    /// <summary>The ids, for example <c>T7</c>.</summary>
    public IReadOnlyList<string> Ids => ids;
}
