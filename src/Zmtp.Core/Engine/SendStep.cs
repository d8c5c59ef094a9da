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
}
