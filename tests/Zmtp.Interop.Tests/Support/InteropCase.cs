using Xunit.Abstractions;
using Zmtp.Interop.Tests.LibZmq;

namespace Zmtp.Interop.Tests.Support;

/// <summary>One way to put a socket of ours and one of libzmq together.</summary>
public sealed class InteropCase : IXunitSerializable
{
    /// <summary>Our socket type.</summary>
    public SocketType Ours { get; private set; }

    /// <summary>libzmq's socket type.</summary>
    public SocketType Theirs { get; private set; }

    /// <summary>NULL, PLAIN or CURVE.</summary>
    public string Mechanism { get; private set; } = "NULL";

    /// <summary>Whether we are the mechanism's server.</summary>
    public bool WeServe { get; private set; }

    /// <summary>Whether we bind.</summary>
    public bool WeBind { get; private set; }

    /// <summary>tcp or ipc.</summary>
    public string Transport { get; private set; } = "tcp";

    /// <summary>libzmq's socket type by its own number.</summary>
    internal LibZmqSocketType TheirType => Enum.Parse<LibZmqSocketType>(Theirs.ToString());

    /// <summary>Every pair of socket types x mechanism and role x who binds x transport.</summary>
    public static TheoryData<InteropCase> All
    {
        get
        {
            (SocketType, SocketType)[] pairs =
            [
                (SocketType.Push, SocketType.Pull), (SocketType.Pull, SocketType.Push),
                (SocketType.Pub, SocketType.Sub), (SocketType.Sub, SocketType.Pub),
                (SocketType.XPub, SocketType.Sub), (SocketType.Sub, SocketType.XPub),
                (SocketType.Pub, SocketType.XSub), (SocketType.XSub, SocketType.Pub),
                (SocketType.XPub, SocketType.XSub), (SocketType.XSub, SocketType.XPub),
                (SocketType.Req, SocketType.Rep), (SocketType.Rep, SocketType.Req),
                (SocketType.Dealer, SocketType.Router), (SocketType.Router, SocketType.Dealer),
                (SocketType.Dealer, SocketType.Rep), (SocketType.Rep, SocketType.Dealer),
                (SocketType.Req, SocketType.Router), (SocketType.Router, SocketType.Req),
                (SocketType.Dealer, SocketType.Dealer), (SocketType.Router, SocketType.Router), (SocketType.Pair, SocketType.Pair),
            ];
            var data = new TheoryData<InteropCase>();
            foreach (var ((ours, theirs), (mechanism, weServe), weBind, transport) in
                from pair in pairs
                from security in new[] { ("NULL", false), ("PLAIN", false), ("PLAIN", true), ("CURVE", false), ("CURVE", true) }
                from bind in new[] { false, true }
                from transport in new[] { "tcp", "ipc" }
                select (pair, security, bind, transport))
            {
                data.Add(new InteropCase
                {
                    Ours = ours, Theirs = theirs, Mechanism = mechanism, WeServe = weServe, WeBind = weBind, Transport = transport,
                });
            }

            return data;
        }
    }

    /// <inheritdoc/>
    public void Deserialize(IXunitSerializationInfo info)
    {
        Ours = info.GetValue<SocketType>(nameof(Ours));
        Theirs = info.GetValue<SocketType>(nameof(Theirs));
        Mechanism = info.GetValue<string>(nameof(Mechanism));
        WeServe = info.GetValue<bool>(nameof(WeServe));
        WeBind = info.GetValue<bool>(nameof(WeBind));
        Transport = info.GetValue<string>(nameof(Transport));
    }

    /// <inheritdoc/>
    public void Serialize(IXunitSerializationInfo info)
    {
        info.AddValue(nameof(Ours), Ours);
        info.AddValue(nameof(Theirs), Theirs);
        info.AddValue(nameof(Mechanism), Mechanism);
        info.AddValue(nameof(WeServe), WeServe);
        info.AddValue(nameof(WeBind), WeBind);
        info.AddValue(nameof(Transport), Transport);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string role = Mechanism == "NULL" ? "" : WeServe ? " as server" : " as client";
        return $"our {Ours} {(WeBind ? "binds" : "connects")} to libzmq {Theirs}, {Mechanism}{role}, {Transport}";
    }
}
