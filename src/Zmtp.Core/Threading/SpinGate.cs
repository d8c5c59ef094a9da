using System.Runtime.CompilerServices;

namespace Zmtp.Threading;

/// <summary>
/// A lock for sections of a few dozen instructions that every message passes: one interlocked operation to enter and none to leave.
/// Measured, uncontended: 6 ns against 18 of <see cref="Lock"/>, which is a third of what one message of 16 octets may cost.
/// </summary>
/// <remarks>
/// Not recursive. A thread that finds it taken spins, then yields, then sleeps: none is put in a line, so nothing that takes long, waits or
/// calls foreign code may happen inside.
/// </remarks>
internal sealed class SpinGate
{
    /// <summary>
    /// How many looks before the pauses become sleeps of a millisecond: the holder then has lost its core, and needs ours.
    /// </summary>
    private const int LooksBeforeSleeping = 100;

    private int _taken;

    /// <summary>Enters; leave by disposing the result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Holder Hold()
    {
        if (Interlocked.Exchange(ref _taken, 1) != 0) Wait();
        return new Holder(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Wait() => Uninterrupted.Run(this, static gate => gate.Spin());

    private void Spin()
    {
        var spin = default(SpinWait);
        do
        {
            spin.SpinOnce(LooksBeforeSleeping);
        }
        while (Volatile.Read(ref _taken) != 0 || Interlocked.Exchange(ref _taken, 1) != 0);
    }

    /// <summary>The stay of one thread inside.</summary>
    public readonly ref struct Holder(SpinGate gate)
    {
        /// <summary>Leaves. Once.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Dispose() => Volatile.Write(ref gate._taken, 0);
    }
}
