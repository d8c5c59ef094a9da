using Spectre.Console;
using Zmtp.Sockets;

namespace Zmtp.Cli.Consoles;

/// <summary>
/// Shows the steps of a check as they happen, each of them once, however many attempts repeat it. Used by one attempt at a time.
/// </summary>
internal sealed class StepScreen(IAnsiConsole screen)
{
    private readonly HashSet<ProbeStep> _shown = [];
    private ProbeStep? _failed;

    /// <summary>Another attempt begins; what the one before failed of is not the last word.</summary>
    public void BeginAttempt() => _failed = null;

    /// <summary>A step is over. One that failed is kept until it is known whether the attempt, or another one, goes on.</summary>
    public void OnStep(ProbeStep step)
    {
        if (_failed is { } before) ShowOnce(before);
        _failed = null;
        if (step.Succeeded) ShowOnce(step);
        else _failed = step;
    }

    /// <summary>Shows those steps that are not there yet.</summary>
    public void Show(IReadOnlyList<ProbeStep> steps)
    {
        foreach (var step in steps) ShowOnce(step);
    }

    /// <summary>Shows what the peer says of itself.</summary>
    public void Show(IReadOnlyDictionary<string, string> properties)
    {
        foreach (var (name, value) in properties) screen.MarkupLine($"        {Markup.Escape(name),-9}  {Markup.Escape(value)}");
    }

    /// <summary>Shows a sentence.</summary>
    public void Show(string sentence) => screen.MarkupLine(Markup.Escape(sentence));

    private void ShowOnce(ProbeStep step)
    {
        if (!_shown.Add(step)) return;
        var mark = step.Succeeded ? "[green]ok[/]    " : "[red]failed[/]";
        screen.MarkupLine($"{mark}  {step.Stage.ToString().ToLowerInvariant(),-9}  {Markup.Escape(step.Text)}");
    }
}
