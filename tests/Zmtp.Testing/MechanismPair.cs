using Zmtp.Security;

namespace Zmtp.Testing;

/// <summary>
/// Two mechanisms face to face without a network: what one writes the other reads. The test decides how far the handshake runs.
/// </summary>
public sealed class MechanismPair : IDisposable
{
    private const int EnoughSteps = 32;
    private readonly List<(bool FromConnecting, byte[] Body)> _commands = [];
    private readonly Queue<(int Index, byte[] Body)> _toConnecting = new();
    private readonly Queue<(int Index, byte[] Body)> _toBound = new();

    /// <summary>Makes the two ends.</summary>
    /// <param name="connecting">The security of the end that connects.</param>
    /// <param name="bound">The security of the end that is bound.</param>
    /// <param name="connectingContext">Default: a DEALER.</param>
    /// <param name="boundContext">Default: a ROUTER.</param>
    public MechanismPair(
        ZmtpSecurity connecting, ZmtpSecurity bound, HandshakeContext? connectingContext = null, HandshakeContext? boundContext = null)
    {
        Connecting = connecting.CreateMechanism(connectingContext ?? HandshakeContexts.Create(SocketType.Dealer, isConnecting: true));
        Bound = bound.CreateMechanism(boundContext ?? HandshakeContexts.Create(SocketType.Router, isConnecting: false));
    }

    /// <summary>The end that connects.</summary>
    public Mechanism Connecting { get; }

    /// <summary>The end that is bound.</summary>
    public Mechanism Bound { get; }

    /// <summary>The end that answers questions; default: everybody is let in.</summary>
    public Func<AuthenticationRequest, AuthenticationResult> Authenticator { get; init; } = _ => AuthenticationResult.Success();

    /// <summary>Called with every command before it is delivered; may change or replace it.</summary>
    public Func<bool, byte[], byte[]> Tamper { get; init; } = (_, body) => body;

    /// <summary>The index of a command that is written but not delivered; default: none.</summary>
    public int HoldAt { get; init; } = int.MaxValue;

    /// <summary>All commands so far, and who wrote them.</summary>
    public IReadOnlyList<(bool FromConnecting, byte[] Body)> Commands => _commands;

    /// <summary>The questions that were asked.</summary>
    public IList<AuthenticationRequest> Requests { get; } = [];

    /// <summary>Runs until neither end can go on. Errors of either end are thrown.</summary>
    public MechanismPair Run()
    {
        for (var i = 0; i < EnoughSteps; i++)
        {
            if (!StepOnce()) return this;
        }

        throw new InvalidOperationException("The handshake does not come to an end.");
    }

    /// <summary>Runs and makes sure that both ends are Ready.</summary>
    public MechanismPair RunToReady()
    {
        Run();
        if (Connecting.Status == MechanismStatus.Ready && Bound.Status == MechanismStatus.Ready) return this;
        throw new InvalidOperationException($"The handshake ended with {Connecting.Status} and {Bound.Status}.");
    }

    /// <summary>Lets the first end that can do something do one thing: write, read or be given a verdict.</summary>
    /// <returns>False when neither end can go on.</returns>
    public bool StepOnce() =>
        Step(Connecting, _toConnecting, _toBound, isConnecting: true) || Step(Bound, _toBound, _toConnecting, isConnecting: false);

    /// <inheritdoc/>
    public void Dispose()
    {
        Connecting.Dispose();
        Bound.Dispose();
    }

    private bool Step(Mechanism self, Queue<(int Index, byte[] Body)> incoming, Queue<(int Index, byte[] Body)> outgoing, bool isConnecting)
    {
        switch (self.Status)
        {
            case MechanismStatus.Sending:
                var body = Tamper(isConnecting, self.Write());
                _commands.Add((isConnecting, body));
                outgoing.Enqueue((_commands.Count - 1, body));
                return true;
            case MechanismStatus.Authenticating:
                Requests.Add(self.AuthenticationRequest);
                self.Authenticate(Authenticator(self.AuthenticationRequest));
                return true;
            case MechanismStatus.Receiving when incoming.TryPeek(out var received) && received.Index != HoldAt:
                incoming.Dequeue();
                self.ReadCommand(received.Body);
                return true;
            default:
                return false;
        }
    }
}
