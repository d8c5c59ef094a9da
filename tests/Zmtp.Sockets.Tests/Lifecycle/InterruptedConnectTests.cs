using Xunit;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>Towards this machine a connection, and its handshake, are begun on the thread that calls Connect.</summary>
public class InterruptedConnectTests
{
    [Fact]
    public async Task CONNECT_InterruptedWhereTheHandshakeBegins_TheThreadsNextWaitHearsOfItAndAnotherConnectionFollows()
    {
        await using var others = Searched.NewContext();
        await using var pull = new PullSocket(others, Sut.Quick);
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");
        var security = new HeldSecurity();
        await using var context = Searched.NewContext();

        // The very first connection of a process is begun elsewhere.
        await using var first = new PushSocket(context, Sut.Quick);
        first.Connect(endpoint);
        await first.WaitForPeerAsync(TestTimeout.Default);
        await using var push = new PushSocket(context, Sut.Quick with { Security = security });

        await Interrupted.RunAsync(security.Hold, () => push.Connect(endpoint));

        await push.WaitForPeerAsync(TestTimeout.Default);
    }

    /// <summary>NULL, whose handshakes begin under a lock, as those of CURVE servers whose keys change do.</summary>
    private sealed class HeldSecurity : ZmtpSecurity
    {
        private readonly object _gate = new();

        public override string MechanismName => NullSecurity.Instance.MechanismName;

        public override bool IsServer => NullSecurity.Instance.IsServer;

        public override bool HasRoles => false;

        public void Hold(Action action)
        {
            lock (_gate) action();
        }

        public override Mechanism CreateMechanism(HandshakeContext context)
        {
            lock (_gate) return NullSecurity.Instance.CreateMechanism(context);
        }
    }
}
