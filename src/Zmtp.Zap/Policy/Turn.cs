namespace Zmtp.Zap;

/// <summary>A check's wait for a place: see <see cref="TurnQueue"/>.</summary>
internal sealed class Turn
{
    private readonly TaskCompletionSource<bool> _comes = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Turn(TurnLine? line)
    {
        Line = line;
        Place = new LinkedListNode<Turn>(this);
    }

    /// <summary>True when a place is there, which is to be given back; false if it had to make room for another address.</summary>
    public Task<bool> Comes => _comes.Task;

    /// <summary>Where it waits; null for one that did not have to.</summary>
    public TurnLine? Line { get; }

    /// <summary>Its place in the line; in no list once it waits no longer.</summary>
    public LinkedListNode<Turn> Place { get; }

    public void Complete(bool hasPlace) => _comes.SetResult(hasPlace);
}
