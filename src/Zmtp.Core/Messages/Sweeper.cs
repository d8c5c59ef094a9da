namespace Zmtp;

/// <summary>
/// An object that nobody refers to: its finalizer runs after a collection of the generation it lives in, which is soon the
/// oldest. That is when idle memory should shrink.
/// </summary>
internal sealed class Sweeper(Action sweep)
{
    ~Sweeper()
    {
        if (Environment.HasShutdownStarted) return;
        sweep();
        GC.ReRegisterForFinalize(this);
    }
}
