using System.Buffers;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Zmtp.Cli.Options;

/// <summary>Options that are a time: <c>5</c> or <c>5s</c>, <c>250ms</c>, <c>2m</c>.</summary>
internal static class Duration
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    // As long as the system's timers can count.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    // "ms" before "s", of which it has the end.
    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
    ];

    /// <summary>An option that may be absent.</summary>
    public static Option<TimeSpan?> Option(string name, string description) => Create(name, description, Parse);

    /// <summary>An option that may be absent, and is how long to wait for something: in no time at all nothing comes.</summary>
    public static Option<TimeSpan?> Wait(string name, string description) => Create(name, description, result =>
    {
        var time = Parse(result);
        if (time == TimeSpan.Zero) result.AddError($"{name} has to be longer than zero.");
        return time;
    });

    /// <summary>Reads a time.</summary>
    public static bool TryParse(string text, out TimeSpan time)
    {
        var unit = Array.Find(Units, unit => text.EndsWith(unit.Unit, StringComparison.Ordinal));
        var number = unit.Unit is null ? text : text[..^unit.Unit.Length];
        var length = unit.Unit is null ? TimeSpan.FromSeconds(1) : unit.Length;
        time = default;

        // "NaN", "-Infinity" and digits with NULs behind them are numbers to the system's parser.
        if (number.AsSpan().ContainsAnyExcept(NumberCharacters)) return false;
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)) return false;
        if (count * length.TotalSeconds > Longest.TotalSeconds) return false;
        time = count * length;
        return true;
    }

    private static Option<TimeSpan?> Create(string name, string description, Func<ArgumentResult, TimeSpan?> parse) => new(name)
    {
        Description = description,
        HelpName = "time",
        CustomParser = parse,
    };

    private static TimeSpan? Parse(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (TryParse(text, out var time)) return time;
        result.AddError($"\"{text}\" is not a time. Write seconds, or a number and its unit: 5, 250ms, 2m; at most 24 days.");
        return null;
    }
}
