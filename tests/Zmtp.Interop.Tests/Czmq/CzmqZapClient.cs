using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Security;
using Zmtp.Zap;

namespace Zmtp.Interop.Tests.Czmq;

/// <summary>Asks the <see cref="CzmqAuth"/> of the process as libzmq does: over a REQ socket, at inproc://zeromq.zap.01.</summary>
internal sealed class CzmqZapClient : IDisposable
{
    private static readonly byte[] RequestId = "1"u8.ToArray();

    private readonly CzmqSocket _socket = new(LibZmqSocketType.Req);

    public CzmqZapClient() => _socket.Socket.Connect(ZapHandler.Endpoint);

    public AuthenticationResult Ask(AuthenticationRequest request)
    {
        _socket.Socket.Send([.. ZapRequest.Encode(RequestId, request).Select(frame => frame.ToArray())]);
        var reply = _socket.Socket.Receive();
        return ZapReply.Decode([.. reply.Frames.Select(frame => (ReadOnlyMemory<byte>)frame)], RequestId);
    }

    public void Dispose() => _socket.Dispose();
}
