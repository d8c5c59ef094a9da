using System.Diagnostics.CodeAnalysis;

namespace Zmtp.Zap;

// RFC 27, sections "The ZAP Request Message" and "ZAP Proxies": a handler on a ROUTER sees, in front of the request,
//
//   envelope  = *routing-id delimiter
//   delimiter = %d0                       ; an empty frame
//
// one routing id per ROUTER on the way, and returns the same envelope with the reply.

/// <summary>
/// A request or reply as a ROUTER or DEALER sees it, cut behind the delimiter. Immutable; safe on any thread. Frames are not copied.
/// </summary>
public sealed class ZapEnvelope
{
    private readonly ReadOnlyMemory<byte>[] _head;

    private ZapEnvelope(ReadOnlyMemory<byte>[] head, ReadOnlyMemory<byte>[] body)
    {
        _head = head;
        RoutingIds = head[..^1];
        Body = body;
    }

    /// <summary>
    /// The routing ids in front of the delimiter, in the order of arrival. A ROUTER has at least one, its peer's; a DEALER has none unless
    /// a ROUTER stands in between.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> RoutingIds { get; }

    /// <summary>The frames behind the delimiter: what <see cref="ZapRequest.Decode"/> and <see cref="ZapReply.Decode"/> read.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Body { get; }

    /// <summary>Cuts a message behind its first empty frame.</summary>
    /// <param name="frames">All frames as received.</param>
    /// <exception cref="FormatException">There is no delimiter.</exception>
    public static ZapEnvelope Split(IReadOnlyList<ReadOnlyMemory<byte>> frames) =>
        TrySplit(frames, out var envelope)
            ? envelope
            : throw new FormatException("The ZAP message has no delimiter. A DEALER sends an empty frame before the version frame.");

    /// <summary>Cuts a message behind its first empty frame.</summary>
    /// <param name="frames">All frames as received.</param>
    /// <param name="envelope">The two parts.</param>
    /// <returns>False when there is no delimiter.</returns>
    public static bool TrySplit(IReadOnlyList<ReadOnlyMemory<byte>> frames, [NotNullWhen(true)] out ZapEnvelope? envelope)
    {
        ArgumentNullException.ThrowIfNull(frames);
        envelope = null;
        ReadOnlyMemory<byte>[] all = [.. frames];
        var delimiter = Array.FindIndex(all, frame => frame.IsEmpty);
        if (delimiter < 0) return false;
        envelope = new ZapEnvelope(all[..(delimiter + 1)], all[(delimiter + 1)..]);
        return true;
    }

    /// <summary>Puts the same routing ids and the delimiter in front of a reply.</summary>
    /// <param name="reply">The frames of <see cref="ZapReply.Encode"/>.</param>
    public IReadOnlyList<ReadOnlyMemory<byte>> Wrap(IReadOnlyList<ReadOnlyMemory<byte>> reply) => [.. _head, .. reply];
}
