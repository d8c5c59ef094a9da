namespace Zmtp.Perf.Links;

/// <summary>What ties the two halves of a case together: they tell each other where, when and that it is over.</summary>
internal abstract class Link : IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    /// <summary>The process of the other half; 0 when there is none that we know, or when it is this one.</summary>
    public virtual int OtherProcess => 0;

    /// <summary>Whether the other half is somebody else's, of whom we know nothing and who hears no notices.</summary>
    public virtual bool IsByHand => false;

    /// <summary>Whether both halves are in this process: what is measured of it cannot be told apart.</summary>
    public virtual bool IsShared => false;

    /// <summary>Cancelled when the measurement is over.</summary>
    public CancellationToken Stopping => _stop.Token;

    public bool IsStopping => _stop.IsCancellationRequested;

    /// <summary>Tells the other half something.</summary>
    public abstract void Tell(Notice notice, string value = "");

    /// <summary>Waits until the other half tells something.</summary>
    /// <returns>What; null when it did not come in time.</returns>
    public abstract string? Wait(Notice notice, TimeSpan timeout);

    /// <summary>Why the other half has failed; null as long as it has not.</summary>
    public virtual string? Failure => null;

    /// <summary>The measurement is over.</summary>
    public void Stop() => _stop.Cancel();

    public virtual void Dispose() => _stop.Dispose();
}
