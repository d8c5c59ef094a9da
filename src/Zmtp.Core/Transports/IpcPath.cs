using System.Net.Sockets;
using Zmtp.Interop;

namespace Zmtp.Transports;

/// <summary>What lies at an ipc path: nothing, a socket with or without a listener, or something that is not ours.</summary>
internal static class IpcPath
{
    /// <summary>
    /// How long a process that has bound a path gets to listen on it. Between bind(2) and listen(2) lie microseconds; on a busy machine
    /// another process may have its turn meanwhile.
    /// </summary>
    private static readonly TimeSpan TimeToListen = TimeSpan.FromMilliseconds(50);

    /// <summary>Removes a socket that nobody listens on, so that the path can be bound.</summary>
    /// <remarks>
    /// Only a path that was left behind is waited for. A listener that takes longer than <see cref="TimeToListen"/> to listen still loses its path,
    /// and so does one that binds it between the last look at it and its removal: the system has no call that removes a path only if it is
    /// still the same.
    /// </remarks>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="time">Waits before it is asked for the second time whether somebody listens.</param>
    /// <param name="cancellationToken">Gives up, and leaves what lies there.</param>
    /// <exception cref="SocketException">The path is in use.</exception>
    /// <exception cref="IOException">Something that is not a socket lies there.</exception>
    public static async ValueTask RemoveStaleAsync(ZmtpEndpoint endpoint, TimeProvider time, CancellationToken cancellationToken)
    {
        var entry = PathEntry.At(endpoint.Path);
        if ((PathEntry.AreTold ? entry?.IsSocket : LooksLikeSocket(endpoint.Path)) is not { } isSocket) return;
        if (!isSocket)
        {
            throw new IOException("what lies at the path is not a socket; choose another path or remove it yourself");
        }
        if (await IsLiveOrSoonAsync(endpoint.Path, time, cancellationToken).ConfigureAwait(false))
        {
            throw new SocketException((int)SocketError.AddressAlreadyInUse);
        }
        // Another one that starts may have removed it too, and bound it meanwhile.
        if (PathEntry.At(endpoint.Path) != entry) throw new SocketException((int)SocketError.AddressAlreadyInUse);
        PathEntry.Remove(endpoint.Path);
    }

    /// <summary>
    /// Removes the path, unless something else has come there since. Before the listener is closed: until then nothing else can be taken for its
    /// socket.
    /// </summary>
    /// <param name="path">The path, whatever the working directory is by now.</param>
    /// <param name="own">What lay there when it was bound.</param>
    public static void RemoveOwn(string path, PathEntry own)
    {
        if (PathEntry.At(path) is { } entry && entry.IsSameFileAs(own)) PathEntry.Remove(path);
    }

    /// <summary>The same where the system does not tell what lies there, after the listener was closed: unless somebody else listens by then.</summary>
    /// <param name="path">The path, whatever the working directory is by now.</param>
    public static async ValueTask RemoveDeafAsync(string path)
    {
        // A file to which one connects refuses as a socket does that nobody listens at.
        if (LooksLikeSocket(path) is not true) return;
        try
        {
            if (await IsLiveAsync(path, CancellationToken.None).ConfigureAwait(false)) return;
        }
        catch (Exception exception) when (exception is SocketException or ArgumentOutOfRangeException)
        {
            // There is no descriptor to ask with, or the whole path is too long for an address where a part of it was not. What stays is a stale
            // path, which the next bind removes.
            return;
        }

        PathEntry.Remove(path);
    }

    // .NET does not tell the kind of a file: a socket has no length; a file with content, a directory and a link are not sockets. Null: nothing is there.
    private static bool? LooksLikeSocket(string path)
    {
        // A link, even one that leads nowhere, exists for Info and not for File.Exists.
        var info = new FileInfo(path);
        if (info.LinkTarget is not null || Directory.Exists(path)) return false;
        return info.Exists ? info.Length == 0 : null;
    }

    // A socket that is bound and does not listen yet refuses, as if nobody would ever listen.
    private static async ValueTask<bool> IsLiveOrSoonAsync(string path, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await IsLiveAsync(path, cancellationToken).ConfigureAwait(false)) return true;
        await Task.Delay(TimeToListen, time, cancellationToken).ConfigureAwait(false);
        return await IsLiveAsync(path, cancellationToken).ConfigureAwait(false);
    }

    // Only "refused" says that nobody listens. A full queue of waiting peers or a missing right does not.
    private static async ValueTask<bool> IsLiveAsync(string path, CancellationToken cancellationToken)
    {
        using var probe = SocketSettings.NewIpc();
        try
        {
            await probe.ConnectAsync(IpcEndPoint.OfPath(path), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode != SocketError.ConnectionRefused;
        }
    }
}
