namespace Zmtp.Core.Tests.Messages;

/// <summary>What a message makes the process hold.</summary>
internal static class HeldMemory
{
    /// <summary>Octets of all the arrays that its frames lie in, each counted once.</summary>
    public static long Of(MessageBuffer message) =>
        Enumerable.Range(0, message.FrameCount).Select(i => message.Slot(i).Array).Distinct().Sum(static array => (long)array.Length);
}
