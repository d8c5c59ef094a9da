namespace Zmtp.Engine;

/// <summary>What remains to be done after something was encoded and the gate was left.</summary>
internal enum SendStep
{
    /// <summary>Nothing: somebody sends already, or will.</summary>
    Nothing,

    /// <summary>Send as much as goes with one system call, on this thread.</summary>
    Here,

    /// <summary>Send all of it, on this thread: it was the last of a burst.</summary>
    All,

    /// <summary>Have the background loop, which is far behind, give its turn up after the chunk that it is sending, and send on this thread.</summary>
    TakeOver,

    /// <summary>Call the background loop.</summary>
    Call,

    /// <summary>See to it that it is flushed: the caller is about to encode more, and then to flush.</summary>
    Gather,
}
