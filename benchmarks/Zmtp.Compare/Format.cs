using System.Globalization;

namespace Zmtp.Compare;

/// <summary>Figures as people read them.</summary>
internal static class Format
{
    private const int Kilo = 1024;
    private const int Mega = Kilo * Kilo;

    public static string Size(int octets) => octets switch
    {
        >= Mega when octets % Mega == 0 => $"{octets / Mega} MiB",
        >= Kilo when octets % Kilo == 0 => $"{octets / Kilo} KiB",
        _ => $"{octets} B",
    };

    /// <summary>Three digits, and a letter for thousands and millions.</summary>
    public static string Number(double value) => value switch
    {
        >= 1e6 => Digits(value / 1e6) + " M",
        >= 1e4 => Digits(value / 1e3) + " k",
        _ => Digits(value),
    };

    public static string Ratio(double value) => value.ToString(value < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture);

    public static string Percent(double value) => value.ToString("0", CultureInfo.InvariantCulture) + " %";

    private static string Digits(double value) =>
        value.ToString(value < 10 ? "0.00" : value < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
