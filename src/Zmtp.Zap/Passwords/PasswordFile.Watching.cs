using System.Diagnostics.CodeAnalysis;

namespace Zmtp.Zap;

/// <content>The handlers of its events, and what they are told.</content>
public sealed partial class PasswordFile
{
    private void Listen(Action change)
    {
        FileWatch begun;
        lock (_watching)
        {
            change();
            var isListenedTo = _changed is not null || _reloaded is not null;
            if (!isListenedTo || _isDisposed)
            {
                _watch?.Dispose();
                _watch = null;
                return;
            }

            if (_watch is not null) return;
            _watch = begun = new FileWatch(FullPath, OnWatch, _time, _logger);
        }

        // What is there now is not a change. Outside the lock, because it may raise events, and the disk may hang.
        begun.Watch();
        OnWatch();
    }

    [SuppressMessage("Design", "CA1031", Justification = "On a thread of the pool an exception would end the process; it is logged.")]
    private void OnWatch()
    {
        try
        {
            if (_isDisposed) return;
            Update(force: false);
            if (_isSettling) LookAgainSoon();
        }
        catch (ObjectDisposedException) when (_isDisposed)
        {
            // Disposed of while the file was read: nothing is left to do.
        }
        catch (Exception error)
        {
            LogWatchFailed(_logger, FullPath, error);
        }
    }

    private void LookAgainSoon()
    {
        lock (_watching) _watch?.LookSoon();
    }

    private void Raise(bool hasChanged, PasswordFileReloadedEventArgs reloaded)
    {
        EventHandler<PasswordFileReloadedEventArgs>? onReloaded;
        EventHandler? onChanged;
        lock (_watching) (onReloaded, onChanged) = (_reloaded, _changed);

        // A handler that throws must not refuse the peer that is asking.
        Handlers.CallAll(onReloaded, this, reloaded, error => LogHandlerFailed(_logger, error));
        if (hasChanged) Handlers.CallAll(onChanged, this, error => LogHandlerFailed(_logger, error));
    }
}
