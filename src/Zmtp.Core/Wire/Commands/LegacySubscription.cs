using System.Buffers;

namespace Zmtp.Wire;

// RFC 23, section "Publish-Subscribe": an ordinary message of one frame, for peers that announced version 3.0.
//
//   subscription = subscribe | cancel
//   subscribe    = %x01 topic
//   cancel       = %x00 topic
//   topic        = *OCTET                 ; to the end of the body

/// <summary>The body of a subscription in the form that ZMTP 3.0 and earlier use.</summary>
internal static class LegacySubscription
{
    private const int KindSize = 1;
    private const byte Subscribe = 1;
    private const byte Cancel = 0;

    /// <summary>Octets of a body.</summary>
    /// <param name="topicLength">Octets of the topic.</param>
    public static int GetLength(int topicLength) => KindSize + topicLength;

    /// <summary>Writes a body.</summary>
    /// <param name="subscribe">True to subscribe, false to cancel.</param>
    /// <param name="topic">The topic, of any length; empty stands for every message; copied.</param>
    /// <param name="output">Where it goes.</param>
    public static void Write(bool subscribe, ReadOnlySpan<byte> topic, IBufferWriter<byte> output)
    {
        var length = GetLength(topic.Length);
        var span = output.GetSpan(length);
        span[0] = subscribe ? Subscribe : Cancel;
        topic.CopyTo(span[KindSize..]);
        output.Advance(length);
    }

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body of a message of one frame.</param>
    /// <param name="subscribe">True to subscribe, false to cancel.</param>
    /// <param name="topic">The topic, part of <paramref name="body"/>.</param>
    /// <returns>False when the body is not a subscription: it is a message to XPUB.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, out bool subscribe, out ReadOnlySpan<byte> topic)
    {
        if (body.IsEmpty || body[0] is not (Subscribe or Cancel))
        {
            subscribe = false;
            topic = default;
            return false;
        }

        subscribe = body[0] == Subscribe;
        topic = body[KindSize..];
        return true;
    }
}
