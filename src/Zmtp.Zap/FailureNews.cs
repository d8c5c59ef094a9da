using Microsoft.Extensions.Logging;
using Zmtp.Security;

namespace Zmtp.Zap;

/// <summary>
/// Which failures of the application's code are errors in the log: one of each type of exception, domain and mechanism a minute, since a
/// peer that connects again and again makes them, and so does a store that is down and asked again and again. Not one of each message,
/// which a peer may be able to choose; and no more than <see cref="Capacity"/>, because an asker of a ZAP handler through a proxy chooses
/// the domain and the mechanism. Safe on any thread; its memory is bounded.
/// </summary>
internal sealed class FailureNews(TimeProvider time)
{
    /// <summary>How long the same type is not told again: one minute.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>How many different failures are told within that time, beside one more of each type.</summary>
    public const int Capacity = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<(Type Type, string Domain, string Mechanism), Entry> _told = [];

    /// <summary>Notes a failure.</summary>
    /// <param name="type">The type of what was thrown, or what stands for it.</param>
    /// <param name="request">The question about the peer: each domain and mechanism has a store or policy of its own.</param>
    /// <param name="leftOut">How many others there were since one was an error, as a sentence in brackets behind a space; empty where there were none.</param>
    /// <returns>At which level it is told: Error or Debug.</returns>
    public LogLevel LevelOf(Type type, AuthenticationRequest request, out string leftOut)
    {
        leftOut = "";
        var now = time.GetTimestamp();
        lock (_gate)
        {
            var key = KeyOf(type, request, now);
            if (_told.TryGetValue(key, out var entry) && time.GetElapsedTime(entry.Told, now) < Window)
            {
                _told[key] = entry with { LeftOut = entry.LeftOut + 1 };
                return LogLevel.Debug;
            }

            _told[key] = new Entry(now, 0);
            if (entry.LeftOut > 0) leftOut = $" (Repetitions in the meantime: {entry.LeftOut}.)";
            return LogLevel.Error;
        }
    }

    // Under the gate. Where there is no more room, one of a type stands for all of it: an asker that makes up domains does not hide what
    // else fails.
    private (Type Type, string Domain, string Mechanism) KeyOf(Type type, AuthenticationRequest request, long now)
    {
        var key = (type, request.Domain, request.Mechanism);
        if (_told.ContainsKey(key)) return key;
        if (_told.Count >= Capacity) ForgetOld(now);
        return _told.Count < Capacity ? key : (type, "", "");
    }

    private void ForgetOld(long now)
    {
        foreach (var key in _told.Where(pair => time.GetElapsedTime(pair.Value.Told, now) >= Window).Select(pair => pair.Key).ToArray())
        {
            _told.Remove(key);
        }
    }

    private readonly record struct Entry(long Told, int LeftOut);
}
