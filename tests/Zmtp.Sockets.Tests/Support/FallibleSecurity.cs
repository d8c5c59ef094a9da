using System.Collections.Concurrent;
using Zmtp.Mechanisms;
using Zmtp.Security;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>NULL, of which each connection can be made unable to encode anything more.</summary>
internal sealed class FallibleSecurity : ZmtpSecurity
{
    private readonly ConcurrentQueue<FallibleMechanism> _made = new();

    public override string MechanismName => NullSecurity.Instance.MechanismName;

    public override bool IsServer => NullSecurity.Instance.IsServer;

    public override bool HasRoles => false;

    /// <summary>The mechanisms of the connections, in the order in which they came.</summary>
    public IReadOnlyList<FallibleMechanism> Made => [.. _made];

    public override Mechanism CreateMechanism(HandshakeContext context)
    {
        var mechanism = new FallibleMechanism(NullSecurity.Instance.CreateMechanism(context));
        _made.Enqueue(mechanism);
        return mechanism;
    }
}
