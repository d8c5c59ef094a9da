using System.CommandLine;
using Zmtp.Text;

namespace Zmtp.Cli.Options;

/// <summary>The option --count.</summary>
internal static class CountOption
{
    /// <summary>An option that is a number of messages, requests or decisions, at least one.</summary>
    /// <param name="description">What is counted.</param>
    public static Option<int?> Create(string description) => new("--count", "-n")
    {
        Description = description,
        HelpName = "number",
        CustomParser = static result =>
        {
            var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (AsciiNumber.TryRead<int>(text, out var count) && count > 0) return count;
            result.AddError($"--count: \"{text}\" is not a number from 1 to {int.MaxValue}.");
            return null;
        },
    };
}
