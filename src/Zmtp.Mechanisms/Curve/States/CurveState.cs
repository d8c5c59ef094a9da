using System.Buffers;
using Zmtp.Mechanisms.Crypto;
using Zmtp.Security;

namespace Zmtp.Mechanisms;

/// <summary>
/// One step of a CURVE handshake. Each call returns the next state; the machine then disposes of the one it leaves. A state owns its
/// secrets: what it has not handed over to the next one is zeroed with it.
/// </summary>
internal abstract class CurveState : IDisposable
{
    // Almost every state has one, and so has the last, which stays as long as its connection.
    private ISecret? _secret;
    private List<ISecret>? _others;

    public abstract MechanismStatus Status { get; }

    public virtual CurvePeer Peer => CurvePeer.Unknown;

    public virtual ZmtpException? Failure => null;

    public virtual AuthenticationRequest Request => throw HandshakeErrors.NotNow(nameof(Mechanism.AuthenticationRequest), Status);

    public virtual string WhenPeerHangsUp => "";

    public virtual TimeSpan TimeLeft => Timeout.InfiniteTimeSpan;

    /// <summary>What would be zeroed now. For tests.</summary>
    internal IReadOnlyList<ISecret> Secrets => _secret is null ? _others ?? [] : [_secret, .. _others ?? []];

    public virtual CurveState Write(IBufferWriter<byte> output) => throw HandshakeErrors.NotNow(nameof(Mechanism.WriteCommand), Status);

    public virtual void WorkAhead()
    {
    }

    public virtual CurveState Read(ReadOnlySpan<byte> body) => throw HandshakeErrors.NotNow(nameof(Mechanism.ReadCommand), Status);

    public virtual CurveState Authenticate(AuthenticationResult result) =>
        throw HandshakeErrors.NotNow(nameof(Mechanism.Authenticate), Status);

    public void Dispose()
    {
        _secret?.Dispose();
        foreach (var secret in _others ?? []) secret.Dispose();
    }

    /// <summary>Makes the state the owner of a secret.</summary>
    protected T Own<T>(T secret)
        where T : ISecret
    {
        if (_secret is null) _secret = secret;
        else (_others ??= []).Add(secret);
        return secret;
    }

    /// <summary>Gives a secret up to the next state, which is made with it right away.</summary>
    protected T HandOver<T>(T secret)
        where T : ISecret
    {
        if (ReferenceEquals(_secret, secret)) _secret = null;
        else _others?.Remove(secret);
        return secret;
    }
}
