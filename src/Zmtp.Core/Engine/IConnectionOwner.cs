namespace Zmtp.Engine;

/// <summary>What a connection needs of the queue pair it serves. Implemented by the sockets.</summary>
internal interface IConnectionOwner
{
    /// <summary>Guards the outgoing side: the owner's queue and the connection's buffer change together.</summary>
    Lock Gate { get; }

    /// <summary>Starts a message that is arriving. Called by the reader only.</summary>
    MessageBuffer BeginMessage();

    /// <summary>Takes a complete message over.</summary>
    /// <returns>Whether there is room for another one; if not, the reader stops until <see cref="WaitForRoomAsync"/> completes.</returns>
    bool EndMessage(MessageBuffer message);

    /// <summary>A command of the patterns arrived (SUBSCRIBE, CANCEL, …), or one that nobody knows.</summary>
    /// <param name="body">Name length, name, data; valid during the call.</param>
    void OnCommand(ReadOnlySpan<byte> body);

    /// <summary>The messages of one read have all been handed over: now is the time to wake whoever waits for them.</summary>
    void OnReadEnd();

    /// <summary>Completes when there is room again after <see cref="EndMessage"/> said no.</summary>
    ValueTask WaitForRoomAsync();

    /// <summary>The connection is ending: whoever waits for room must wait no longer.</summary>
    void StopWaitingForRoom();

    /// <summary>Called under the gate before a chunk is taken: encode what is queued, up to a bounded number of octets.</summary>
    void Refill(ConnectionWriter writer);

    /// <summary>Messages have been handed to the transport. Called outside the gate.</summary>
    void OnSent(ConnectionWriter writer, int messages);
}
