using Zmtp.Threading;
using Zmtp.Transports;

namespace Zmtp.Engine;

/// <summary>
/// The ends of a connection, which must not throw. If a transport of the application's throws all the same, that ends neither the clock,
/// nor a sender, nor what is to be done after it.
/// </summary>
internal static class GuardedEnd
{
    /// <summary>Ends the connection at once.</summary>
    /// <param name="transport">The connection.</param>
    /// <param name="onDefect">Hears what it throws; null: nobody does.</param>
    public static void AbortGuarded(this TransportConnection transport, Action<Exception>? onDefect) =>
        Do(transport, static transport => transport.Abort(), onDefect);

    /// <summary>Ends a wait for octets of the peer, the present one or the next.</summary>
    /// <param name="transport">The connection.</param>
    /// <param name="onDefect">Hears what it throws; null: nobody does.</param>
    public static void CancelReadGuarded(this TransportConnection transport, Action<Exception>? onDefect) =>
        Do(transport, static transport => transport.Input.CancelPendingRead(), onDefect);

    /// <summary>Half-closes the connection.</summary>
    /// <param name="transport">The connection.</param>
    /// <param name="onDefect">Hears what it throws; null: nobody does.</param>
    public static void CompleteOutputGuarded(this TransportConnection transport, Action<Exception>? onDefect) =>
        Do(transport, static transport => transport.CompleteOutput(), onDefect);

    private static void Do(TransportConnection transport, Action<TransportConnection> end, Action<Exception>? onDefect)
    {
        try
        {
            Uninterrupted.Run(transport, end);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            onDefect?.Invoke(e);
        }
    }
}
