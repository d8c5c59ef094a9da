using System.IO.Pipelines;
using Zmtp.Transports.Polling;

namespace Zmtp.Engine;

/// <summary>What a peer still sends when nobody wants it any more. It is read off, because a connection that is closed over it is reset.</summary>
internal static class Unwanted
{
    /// <summary>Reads and forgets, until the peer has ended its output or has sent more than it may.</summary>
    /// <param name="input">The connection's.</param>
    /// <param name="most">How many octets it may send.</param>
    /// <param name="cancellationToken">The time is over.</param>
    public static async Task ReadOffAsync(PipeReader input, long most, CancellationToken cancellationToken)
    {
        long total = 0;
        var left = PollerTurn.Octets;
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            var length = (int)result.Buffer.Length;
            input.AdvanceTo(result.Buffer.End);
            total += length;
            left -= length;
            if (result.IsCompleted || total > most) return;
            if (left > 0) continue;
            left = PollerTurn.Octets;
            await PollerTurn.EndAsync();
        }
    }
}
