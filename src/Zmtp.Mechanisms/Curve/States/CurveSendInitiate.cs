using System.Buffers;
using System.Security.Cryptography;
using Zmtp.Mechanisms.Interop;
using Zmtp.Security;

namespace Zmtp.Mechanisms;

/// <summary>Client, third: shows C to this server only, vouches for C', sends INITIATE.</summary>
internal sealed class CurveSendInitiate : CurveState
{
    private readonly CurveClientSettings _settings;
    private readonly CurveSession _session;
    private readonly byte[] _transientKey;
    private readonly byte[] _welcome;

    /// <param name="settings">What the handshake started from.</param>
    /// <param name="session">Owned from now on.</param>
    /// <param name="transientKey">C'.</param>
    /// <param name="welcome">What WELCOME brought: S' and the cookie.</param>
    public CurveSendInitiate(CurveClientSettings settings, CurveSession session, byte[] transientKey, byte[] welcome)
    {
        _settings = settings;
        _session = Own(session);
        _transientKey = transientKey;
        _welcome = welcome;
    }

    public override MechanismStatus Status => MechanismStatus.Sending;

    public override CurvePeer Peer => CurvePeer.WithKey(_settings.ServerKey.AsMemory());

    public override CurveState Write(IBufferWriter<byte> output)
    {
        Span<byte> vouch = stackalloc byte[CurveVouch.Size];
        WriteVouch(vouch);
        CurveInitiateCommand.Write(
            CurveWelcomeCommand.Cookie(_welcome),
            _settings.Keys.PublicKey.AsSpan(),
            vouch,
            _settings.Context.LocalMetadata.Span,
            _session.TakeShortNonce(),
            _session.Key,
            output);
        return new CurveAwaitReady(_settings, HandOver(_session));
    }

    private void WriteVouch(Span<byte> vouch)
    {
        Span<byte> vouchKey = stackalloc byte[NaCl.KeySize];
        try
        {
            if (!_settings.Keys.TryAgree(CurveWelcomeCommand.TransientKey(_welcome), vouchKey))
            {
                throw CurveWelcomeCommand.Malformed("its transient key is a point of low order");
            }

            CurveVouch.Write(_transientKey, _settings.ServerKey.AsSpan(), _settings.Random, vouchKey, vouch);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(vouchKey);
        }
    }
}
