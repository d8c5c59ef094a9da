using Zmtp.Engine;

namespace Zmtp.Core.Tests.Engine;

/// <summary>Keeps commands as hex. They are with the transport at once, unless the test holds them up.</summary>
internal sealed class FakeHeartbeatOutput : IHeartbeatOutput
{
    private long _end;

    public List<string> Sent { get; } = [];

    /// <summary>What else is done with each command.</summary>
    public Action? OnSend { get; set; }

    /// <summary>What happens before who sent the command is back.</summary>
    public Action? OnSent { get; set; }

    /// <summary>Commands wait here until the test hands them over.</summary>
    public bool HoldsBack { get; set; }

    /// <summary>Commands are not let in.</summary>
    public bool Drops { get; set; }

    public long Handed { get; private set; }

    public long Progress { get; set; }

    public long? SendCommand(ReadOnlySpan<byte> body)
    {
        OnSend?.Invoke();
        if (Drops) return null;
        Sent.Add(Convert.ToHexString(body));
        _end += body.Length;
        if (!HoldsBack) HandOver();
        OnSent?.Invoke();
        return _end;
    }

    public void HandOver() => Handed = _end;
}
