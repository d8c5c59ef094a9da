using Zmtp.Sockets.Endpoints;
using Zmtp.Sockets.Metering;
using Zmtp.Sockets.Reporting;

namespace Zmtp.Sockets;

// What is told of a socket: to its event, the log and the meter.
public abstract partial class ZmtpSocket
{
    internal void Raise(SocketEventKind kind, string endpoint, string? remoteEndpoint = null, ZmtpException? error = null, ZmtpPeer? peer = null)
    {
        _report.Write(kind, endpoint, remoteEndpoint ?? "", error, peer);
        if (_events.IsOn) _events.Raise(new SocketEvent(kind, endpoint, remoteEndpoint, error, peer));
    }

    /// <summary>A connection that this end made was of use: what fails at its endpoint from now on is news.</summary>
    internal void ForgetFailures(string endpoint) => _report.Forget(endpoint);

    /// <summary>A peer is held back because memory is short.</summary>
    internal void OnMemoryShort() => _report.WriteMemoryShort();

    /// <summary>A peer leaves the empty delimiter away, and waits in vain.</summary>
    internal void OnUndelimited(string endpoint, string remoteEndpoint)
    {
        try
        {
            _report.WriteUndelimited(endpoint, remoteEndpoint, Type == SocketType.Req ? "reply" : "request");
        }
        catch (OutOfMemoryException)
        {
            // There is none to tell of it, and on the pool nobody would catch this.
        }
    }

    /// <summary>
    /// A handshake has failed that has begun by the meter of its endpoint. What is cut short because the socket closes is nobody's failure, and not told.
    /// </summary>
    internal void Refuse(string endpoint, string remoteEndpoint, ZmtpException error, EndpointMeter meter, long begun)
    {
        if ((IsClosing || Context.IsClosing) && !CutShort.HasItsReason(error)) return;

        // First: a handler of the event may ask why no peer is there.
        Lobby.Note(error);
        meter.EndHandshake(begun, error);
        Raise(SocketEventKind.HandshakeFailed, endpoint, remoteEndpoint, error);
    }

    /// <summary>Tells what should not have been thrown, of a transport of the application's perhaps. Throws nothing.</summary>
    internal void TellOfDefect(string endpoint, Exception defect)
    {
        try
        {
            SocketLog.Defect(Context.Log, SocketTypes.ToToken(Type), endpoint, defect);
        }
        catch (OutOfMemoryException)
        {
            // There is none to tell of it: what is to follow must follow all the same.
        }
    }

    internal void RaiseListening(IBinding binding)
    {
        _report.WriteListening(binding.Endpoint, binding.Given, binding.IsSecured ? Options : null);
        if (binding.IsSecured && Context.Authenticator is not null && Options.Security.AsksNobody(Options.ZapDomain))
        {
            _report.WriteAsksNobody(binding.Endpoint, Options.Security.MechanismName);
        }

        if (_events.IsOn) _events.Raise(new SocketEvent(SocketEventKind.Listening, binding.Endpoint));
    }
}
