namespace Zmtp.Engine;

/// <summary>What a connection needs of the queue pair it serves. Implemented by the sockets.</summary>
internal interface IConnectionOwner
{
    /// <summary>Guards the outgoing side: the owner's queue and the connection's buffer change together.</summary>
    Lock Gate { get; }

    /// <summary>
    /// Whether messages may come in batches, to be made into message objects by the receiver. False where the pattern must see and
    /// change each of them as it arrives. Never changes.
    /// </summary>
    bool TakesBatches { get; }

    /// <summary>
    /// Counts the message that was just encoded: over how many connections its sender's messages are spread, at least one; a hint. Asked
    /// once for a message that finds nobody sending, unless it is the first or may gather anyhow. Under the gate.
    /// </summary>
    int CountSpread();

    /// <summary>Whether <see cref="CountSpread"/> was one the last time, and still may be; a hint. Under the gate.</summary>
    bool IsFilledAlone { get; }

    /// <summary>
    /// The batch that fills up until <see cref="OnReadEnd"/>, by nobody but the reader: during a read it may lie in the reader's memory. Called by the reader
    /// only.
    /// </summary>
    /// <param name="octets">How many octets may come into it.</param>
    InboundBatch OpenBatch(int octets);

    /// <summary>Takes the open message of <see cref="OpenBatch"/> over: its last frame is there.</summary>
    /// <returns>As <see cref="EndMessage"/>.</returns>
    bool EndBatchMessage();

    /// <summary>Starts a message with memory of its own. Called by the reader only.</summary>
    MessageBuffer BeginMessage();

    /// <summary>Takes a complete message with memory of its own over.</summary>
    /// <returns>Whether there is room for another one; if not, the reader stops until <see cref="WaitForRoomAsync"/> completes.</returns>
    bool EndMessage(MessageBuffer message);

    /// <summary>A command of the patterns arrived (SUBSCRIBE, CANCEL, …), or one that nobody knows.</summary>
    /// <param name="body">Name length, name, data; valid during the call.</param>
    void OnCommand(ReadOnlySpan<byte> body);

    /// <summary>The messages of one read have all been handed over: now is the time to wake the receivers that wait for them.</summary>
    void OnReadEnd();

    /// <summary>Whether another message may come. Called by the reader only.</summary>
    bool HasRoom { get; }

    /// <summary>Completes when there is room again after <see cref="EndMessage"/> said no.</summary>
    ValueTask WaitForRoomAsync();

    /// <summary>
    /// Asks for room without waiting: the receiver that makes some will look after this connection. True: there is room already, and it is
    /// the caller's to go on.
    /// </summary>
    bool HasRoomElseAsk();

    /// <summary>There is room, and it is not for the caller to use: the loop that waits for it, or a thread of the pool, goes on.</summary>
    void PassRoomOn();

    /// <summary>The connection is ending: the wait for room must end.</summary>
    void StopWaitingForRoom();

    /// <summary>Called under the gate before a chunk is taken: encode what is queued, up to a bounded number of octets.</summary>
    void Refill(ConnectionWriter writer);

    /// <summary>Messages have been handed to the transport. Called outside the gate.</summary>
    void OnSent(ConnectionWriter writer, int messages);

    /// <summary>
    /// This writer could not encode what it was given, perhaps half of it: nothing leaves by it any more, and the connection is about to end. Called
    /// under the gate.
    /// </summary>
    void OnBroken(ConnectionWriter writer);

    /// <summary>
    /// Nothing leaves by this writer any more, while what has arrived may still be read. Called outside the gate, more than once perhaps.
    /// </summary>
    /// <returns>Whether anybody wants what has arrived.</returns>
    bool OnOutputLost(ConnectionWriter writer);
}
