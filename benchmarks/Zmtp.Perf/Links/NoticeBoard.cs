namespace Zmtp.Perf.Links;

/// <summary>The notices that have come, each kind at most once. Safe on any thread.</summary>
internal sealed class NoticeBoard
{
    private readonly object _gate = new();
    private readonly Dictionary<Notice, string> _notices = [];

    public void Put(Notice notice, string value)
    {
        lock (_gate)
        {
            _notices.TryAdd(notice, value);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The value of a notice that has come already; null if it has not.</summary>
    public string? Find(Notice notice)
    {
        lock (_gate) return _notices.GetValueOrDefault(notice);
    }

    /// <summary>Waits for a notice.</summary>
    /// <returns>Its value; null when it did not come in time.</returns>
    /// <exception cref="MeasurementException">The other half has failed instead.</exception>
    public string? Wait(Notice notice, TimeSpan timeout)
    {
        var end = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        lock (_gate)
        {
            while (true)
            {
                if (_notices.TryGetValue(notice, out var value)) return value;
                if (_notices.TryGetValue(Notice.Failed, out var failure)) throw new MeasurementException(failure);
                var rest = end - Environment.TickCount64;
                if (rest <= 0) return null;
                Monitor.Wait(_gate, TimeSpan.FromMilliseconds(rest));
            }
        }
    }
}
