namespace Zmtp.Zap;

/// <summary>
/// Listens to one store. A store may look at its disk when it is listened to, which may hang: whoever began it waits for that, and nobody
/// else. Safe on any thread.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="onChanged">Hears of its changes.</param>
/// <param name="log">Hears what it throws: a store of the application's own may, one that was disposed of does.</param>
internal sealed class StoreListening(IChangingStore store, EventHandler onChanged, AuthenticatorLog log)
{
    private readonly Lock _gate = new();
    private Stage _stage;

    private enum Stage
    {
        Silent,
        Beginning,
        Heard,
        Over,
    }

    /// <summary>Listens, unless somebody has begun that. Where the store throws, the next call tries it again.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            if (_stage != Stage.Silent) return;
            _stage = Stage.Beginning;
        }

        var isHeard = false;
        try
        {
            Handlers.Try(
                () =>
                {
                    store.Changed += onChanged;
                    isHeard = true;
                },
                error => log.ListenFailed(store, error));
        }
        finally
        {
            if (IsOverAfter(isHeard ? Stage.Heard : Stage.Silent) && isHeard) Forget();
        }
    }

    /// <summary>Listens no more. Who has begun to listen and has not come back is not waited for: that one does it.</summary>
    public void End()
    {
        Stage before;
        lock (_gate) (before, _stage) = (_stage, Stage.Over);
        if (before == Stage.Heard) Forget();
    }

    private bool IsOverAfter(Stage beginning)
    {
        lock (_gate)
        {
            if (_stage == Stage.Over) return true;
            _stage = beginning;
            return false;
        }
    }

    private void Forget() => Handlers.Try(() => store.Changed -= onChanged, error => log.ForgetFailed(store, error));
}
