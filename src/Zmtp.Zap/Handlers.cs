using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace Zmtp.Zap;

/// <summary>
/// Calls the handlers of an event, each for itself: one that throws must not keep the next from hearing of it, which may be an
/// authenticator that has peers to send away.
/// </summary>
internal static class Handlers
{
    /// <summary>Calls all, and then throws what the first of them threw that did: for a change on its caller's own thread.</summary>
    public static void CallAll(EventHandler? handlers, object sender)
    {
        ExceptionDispatchInfo? first = null;
        CallAll(handlers, sender, error => first ??= ExceptionDispatchInfo.Capture(error));
        first?.Throw();
    }

    /// <param name="handlers">The handlers.</param>
    /// <param name="sender">The source of the event.</param>
    /// <param name="onError">Hears what they throw.</param>
    public static void CallAll(EventHandler? handlers, object sender, Action<Exception> onError)
    {
        foreach (var handler in Delegate.EnumerateInvocationList(handlers)) Try(() => handler(sender, EventArgs.Empty), onError);
    }

    /// <param name="handlers">The handlers.</param>
    /// <param name="sender">The source of the event.</param>
    /// <param name="happened">What has happened.</param>
    /// <param name="onError">Hears what they throw.</param>
    public static void CallAll<T>(EventHandler<T>? handlers, object sender, T happened, Action<Exception> onError)
    {
        foreach (var handler in Delegate.EnumerateInvocationList(handlers)) Try(() => handler(sender, happened), onError);
    }

    /// <param name="handler">Is called.</param>
    /// <param name="onError">Hears what it throws.</param>
    [SuppressMessage("Design", "CA1031", Justification = "It is handed on.")]
    public static void Try(Action handler, Action<Exception> onError)
    {
        try
        {
            handler();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            onError(error);
        }
    }
}
