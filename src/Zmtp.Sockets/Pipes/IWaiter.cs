namespace Zmtp.Sockets.Pipes;

/// <summary>A waiting call, whatever it waits for.</summary>
internal interface IWaiter
{
    /// <summary>Ends the wait with an error. By the thread that took the waiter out of the queue, outside the gate.</summary>
    void Fail(Exception error);
}
