using System.Globalization;

namespace Zmtp.Compare;

/// <summary>How much of the processors' time something else takes, looked at before each turn, while nothing is measured.</summary>
internal sealed class ForeignLoad
{
    /// <summary>The part from which on the machine is not ours alone.</summary>
    private const double BusyPart = 0.1;

    /// <summary>Half a minute in all of a whole table, which has some 160 turns; the system counts in steps of 10 ms.</summary>
    private static readonly TimeSpan LookTime = TimeSpan.FromMilliseconds(200);

    private readonly List<double> _parts = [];

    /// <summary>Looks for a moment what the processors do while we do nothing.</summary>
    /// <param name="progress">Where it warns when they do something.</param>
    public void Look(TextWriter progress)
    {
        // Only Linux says.
        if (!File.Exists("/proc/stat")) return;
        var before = ProcessorTime();
        Thread.Sleep(LookTime);
        if (PartBetween(before, ProcessorTime()) is not { } part) return;
        Add(part);
        if (part >= BusyPart) progress.WriteLine($"warning: something else takes {Percent(part)} of the processors' time");
    }

    /// <summary>The part of the processors' time that was not idle from one look to another.</summary>
    /// <param name="before">The idle ticks, and all of them.</param>
    /// <param name="after">The same, later.</param>
    /// <returns>Null if none has passed: what stands still, as in some containers, says nothing.</returns>
    public static double? PartBetween((long Idle, long All) before, (long Idle, long All) after)
    {
        var all = after.All - before.All;
        return all > 0 ? Math.Clamp(1 - ((after.Idle - before.Idle) / (double)all), 0, 1) : null;
    }

    /// <summary>Takes note of a part that was seen.</summary>
    public void Add(double part) => _parts.Add(part);

    /// <summary>A sentence to append to others; empty when the system does not say.</summary>
    public string Describe()
    {
        if (Statistics.Median(_parts) is not { } median) return "";
        var begin = median >= BusyPart ? "Beware: between" : "Between";
        return $" {begin} the measurements something else took {Percent(median)} of the processors' time (median), {Percent(_parts.Max())} at worst.";
    }

    private static string Percent(double part) => Format.Percent(part * 100);

    /// <summary>In ticks, of all processors together: the idle ones and all of them.</summary>
    private static (long Idle, long All) ProcessorTime()
    {
        // "cpu user nice system idle iowait ...": waiting for a disk is idle as well.
        const int idle = 3;
        var ticks = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(static text => long.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        return (ticks[idle] + ticks[idle + 1], ticks.Sum());
    }
}
