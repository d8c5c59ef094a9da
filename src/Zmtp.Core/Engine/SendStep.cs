namespace Zmtp.Engine;

/// <summary>What remains to be done after something was encoded and the gate was left.</summary>
internal enum SendStep
{
    /// <summary>Nothing: somebody sends already, or will.</summary>
    Nothing,

    /// <summary>Send it, on this thread.</summary>
    Here,

    /// <summary>Call the background loop.</summary>
    Call,

    /// <summary>See to it that it is flushed: whoever encoded it is about to encode more, and then to flush.</summary>
    Gather,
}
