namespace Zmtp.Perf.Links;

/// <summary>Both halves are threads of this process and share this object.</summary>
internal sealed class ThreadLink : Link
{
    private readonly NoticeBoard _board = new();

    public override bool IsShared => true;

    public override string? Failure => _board.Find(Notice.Failed);

    public override void Tell(Notice notice, string value = "") => _board.Put(notice, value);

    public override string? Wait(Notice notice, TimeSpan timeout) => _board.Wait(notice, timeout);
}
