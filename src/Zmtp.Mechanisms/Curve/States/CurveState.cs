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
    private readonly List<ISecret> _secrets = [];

    public abstract MechanismStatus Status { get; }

    public virtual CurvePeer Peer => CurvePeer.Unknown;

    public virtual ZmtpException? Failure => null;

    public virtual AuthenticationRequest Request => throw HandshakeErrors.NotNow(nameof(Mechanism.AuthenticationRequest), Status);

    public virtual string WhenPeerHangsUp => "";

    /// <summary>What would be zeroed now. For tests.</summary>
    internal IReadOnlyList<ISecret> Secrets => _secrets;

    public virtual CurveState Write(IBufferWriter<byte> output) => throw HandshakeErrors.NotNow(nameof(Mechanism.WriteCommand), Status);

    public virtual CurveState Read(ReadOnlySpan<byte> body) => throw HandshakeErrors.NotNow(nameof(Mechanism.ReadCommand), Status);

    public virtual CurveState Authenticate(AuthenticationResult result) =>
        throw HandshakeErrors.NotNow(nameof(Mechanism.Authenticate), Status);

    public void Dispose()
    {
        foreach (var secret in _secrets) secret.Dispose();
    }

    /// <summary>Makes the state the owner of a secret.</summary>
    protected T Own<T>(T secret)
        where T : ISecret
    {
        _secrets.Add(secret);
        return secret;
    }

    /// <summary>Gives a secret up to the next state, which is made with it right away.</summary>
    protected T HandOver<T>(T secret)
        where T : ISecret
    {
        _secrets.Remove(secret);
        return secret;
    }
}
