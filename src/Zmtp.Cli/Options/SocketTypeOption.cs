using System.CommandLine;

namespace Zmtp.Cli.Options;

/// <summary>The option --type.</summary>
internal static class SocketTypeOption
{
    /// <summary>An option that takes some socket types, in upper or lower case.</summary>
    /// <param name="description">What it is for.</param>
    /// <param name="fallback">The default; null for none.</param>
    /// <param name="allowed">Those that make sense.</param>
    public static Option<SocketType?> Create(string description, SocketType? fallback, params SocketType[] allowed)
    {
        var names = string.Join(", ", allowed.Select(static type => SocketTypes.ToToken(type).ToLowerInvariant()));
        var option = new Option<SocketType?>("--type", "-t")
        {
            Description = $"{description} One of {names}.",
            HelpName = "type",
            CustomParser = result =>
            {
                var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                var found = Array.FindIndex(allowed, type => string.Equals(SocketTypes.ToToken(type), text, StringComparison.OrdinalIgnoreCase));
                if (found >= 0) return allowed[found];
                result.AddError($"\"{text}\" is not a socket type that can be used here. Use one of {names}.");
                return null;
            },
        };
        if (fallback is not null) option.DefaultValueFactory = _ => fallback;

        // Not all names of the enumeration.
        option.CompletionSources.Clear();
        option.CompletionSources.Add([.. allowed.Select(static type => SocketTypes.ToToken(type).ToLowerInvariant())]);
        return option;
    }
}
