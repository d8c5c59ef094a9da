namespace Zmtp.Perf.Links;

/// <summary>One half alone, started by hand: the other one may be any implementation.</summary>
internal sealed class HandLink(string endpoint) : Link
{
    public override bool IsByHand => true;

    /// <summary>Only the endpoint is of interest to whoever has started us.</summary>
    public override void Tell(Notice notice, string value = "")
    {
        if (notice == Notice.Ready) Console.Error.WriteLine($"READY {value}");
    }

    public override string? Wait(Notice notice, TimeSpan timeout) => notice == Notice.Ready ? endpoint : null;
}
