namespace Zmtp.Zap;

/// <summary>The checks of one address that wait in a <see cref="TurnQueue"/>, first come, first served.</summary>
internal sealed class TurnLine
{
    /// <param name="address">The address; null for checks that no peer can multiply.</param>
    public TurnLine(string? address)
    {
        Address = address;
        Place = new LinkedListNode<TurnLine>(this);
    }

    public string? Address { get; }

    public LinkedList<Turn> Turns { get; } = [];

    /// <summary>Its place in the round; in no list while nobody of the address waits.</summary>
    public LinkedListNode<TurnLine> Place { get; }
}
