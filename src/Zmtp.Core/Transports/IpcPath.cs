using System.Net.Sockets;
using Zmtp.Interop;

namespace Zmtp.Transports;

/// <summary>What lies at an ipc path: nothing, a socket with or without a listener, or something that is not ours.</summary>
internal static class IpcPath
{
    /// <summary>Removes a socket that nobody listens on, so that the path can be bound.</summary>
    /// <exception cref="SocketException">The path is in use.</exception>
    /// <exception cref="IOException">Something that is not a socket lies there.</exception>
    public static async ValueTask RemoveStaleAsync(ZmtpEndpoint endpoint, CancellationToken cancellationToken)
    {
        // A link, even one that leads nowhere, exists for Info and not for File.Exists.
        var info = new FileInfo(endpoint.Path);
        if (!info.Exists && info.LinkTarget is null && !Directory.Exists(endpoint.Path)) return;
        // .NET does not tell the kind of a file. Where the system does not either: a socket has no length; a file with content, a directory and a
        // link are not sockets.
        var entry = PathEntry.At(endpoint.Path);
        if (entry is { IsSocket: false } || Directory.Exists(endpoint.Path) || info.LinkTarget is not null || info.Length > 0)
        {
            throw new IOException("what lies at the path is not a socket; choose another path or remove it yourself");
        }
        if (await IsLiveAsync(endpoint, cancellationToken).ConfigureAwait(false))
        {
            throw new SocketException((int)SocketError.AddressAlreadyInUse);
        }
        // Another one that starts may have removed it too, and bound it meanwhile.
        if (PathEntry.At(endpoint.Path) != entry) throw new SocketException((int)SocketError.AddressAlreadyInUse);
        File.Delete(endpoint.Path);
    }

    /// <summary>
    /// Removes the path, unless something else has come there since. Before the listener is closed: until then nothing else can be taken for its
    /// socket.
    /// </summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="own">What lay there when it was bound.</param>
    public static void RemoveOwn(ZmtpEndpoint endpoint, PathEntry own)
    {
        if (PathEntry.At(endpoint.Path) is { } entry && entry.IsSameFileAs(own)) File.Delete(endpoint.Path);
    }

    /// <summary>The same where the system does not tell what lies there, after the listener was closed: unless somebody else listens by then.</summary>
    public static async ValueTask RemoveDeafAsync(ZmtpEndpoint endpoint)
    {
        if (!File.Exists(endpoint.Path)) return;
        try
        {
            if (await IsLiveAsync(endpoint, CancellationToken.None).ConfigureAwait(false)) return;
        }
        catch (SocketException)
        {
            // There is no descriptor to ask with. What stays is a stale path, which the next bind removes.
            return;
        }
        File.Delete(endpoint.Path);
    }

    // Only "refused" says that nobody listens. A full queue of waiting peers or a missing right does not.
    private static async ValueTask<bool> IsLiveAsync(ZmtpEndpoint endpoint, CancellationToken cancellationToken)
    {
        using var probe = SocketSettings.NewIpc();
        try
        {
            await probe.ConnectAsync(new IpcEndPoint(endpoint), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode != SocketError.ConnectionRefused;
        }
    }
}
