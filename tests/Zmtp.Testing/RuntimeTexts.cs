using System.Reflection;

namespace Zmtp.Testing;

/// <summary>The lock under which the runtime looks for the texts of its own errors: whoever makes one waits for it, in the whole process.</summary>
public static class RuntimeTexts
{
    private static readonly object Gate =
        typeof(object).Assembly.GetType("System.SR")?.GetField("_lock", BindingFlags.Static | BindingFlags.NonPublic)?.GetValue(null)
        ?? throw new InvalidOperationException("This runtime has no such lock: see what its Task.Exception waits for now.");

    public static void Hold(Action action)
    {
        lock (Gate) action();
    }
}
