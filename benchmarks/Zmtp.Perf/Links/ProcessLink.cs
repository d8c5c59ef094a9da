namespace Zmtp.Perf.Links;

/// <summary>The halves are two processes that write each other lines, "NOTICE value".</summary>
internal sealed class ProcessLink : Link
{
    private readonly NoticeBoard _board = new();
    private readonly TextWriter _toOther;

    /// <param name="fromOther">The lines that the other process writes.</param>
    /// <param name="toOther">Where it reads.</param>
    /// <param name="otherProcess">The other process, if what it uses counts here; else 0.</param>
    /// <param name="onEnd">The other process is gone.</param>
    public ProcessLink(TextReader fromOther, TextWriter toOther, int otherProcess, Action<NoticeBoard> onEnd)
    {
        _toOther = toOther;
        OtherProcess = otherProcess;
        var reader = new Thread(() => Read(fromOther, onEnd)) { IsBackground = true, Name = "other half" };
        reader.Start();
    }

    public override int OtherProcess { get; }

    public override string? Failure => _board.Find(Notice.Failed);

    public override void Tell(Notice notice, string value = "")
    {
        try
        {
            _toOther.WriteLine($"{notice} {value}");
            _toOther.Flush();
        }
        catch (IOException)
        {
            // The other process is gone; our reader has noticed as well, and says so.
        }
    }

    public override string? Wait(Notice notice, TimeSpan timeout) => _board.Wait(notice, timeout);

    private void Read(TextReader fromOther, Action<NoticeBoard> onEnd)
    {
        while (fromOther.ReadLine() is { } line)
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0 && Enum.TryParse<Notice>(line.AsSpan(0, space), out var notice)) _board.Put(notice, line[(space + 1)..]);
        }

        onEnd(_board);
    }
}
