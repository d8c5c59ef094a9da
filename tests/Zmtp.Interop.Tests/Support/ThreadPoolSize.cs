using System.Runtime.CompilerServices;

namespace Zmtp.Interop.Tests.Support;

/// <summary>
/// The peers block the threads that call them. The pool of a small machine starts with so few threads that a blocked one holds up the
/// sockets under test; it starts with more here.
/// </summary>
internal static class ThreadPoolSize
{
    [ModuleInitializer]
    internal static void Raise() => ThreadPool.SetMinThreads(32, 32);
}
