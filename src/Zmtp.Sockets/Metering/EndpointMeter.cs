using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;

namespace Zmtp.Sockets.Metering;

/// <summary>
/// Measures the attempts, handshakes and connections of one endpoint, while somebody listens. Throws nothing: listeners are called here,
/// and what they throw changes nothing, and is lost, as with a log. Safe on any thread.
/// </summary>
/// <param name="socket">The owner of the endpoint.</param>
/// <param name="transport">The scheme of the endpoint.</param>
/// <param name="isIncoming">Whether it listens.</param>
[SuppressMessage("Design", "CA1031", Justification = "That is what it is for.")]
internal sealed class EndpointMeter(ZmtpSocket socket, string transport, bool isIncoming)
{
    private readonly SocketMetrics _metrics = socket.Context.Metrics;

    public string Transport => transport;

    /// <summary>A handshake begins.</summary>
    /// <returns>When; 0 where nobody wants to know.</returns>
    public long BeginHandshake()
    {
        if (_metrics.HandshakeDuration is not { Enabled: true }) return 0;
        try
        {
            return socket.Context.Time.GetTimestamp();
        }
        catch (Exception)
        {
            // A clock of the application's.
            return 0;
        }
    }

    /// <summary>A handshake is over, and the pattern has let the peer in or not.</summary>
    /// <param name="begun">What <see cref="BeginHandshake"/> returned for it.</param>
    /// <param name="error">Why it failed; null: it has succeeded.</param>
    public void EndHandshake(long begun, ZmtpException? error = null)
    {
        if (begun == 0 || _metrics.HandshakeDuration is not { Enabled: true } durations) return;
        try
        {
            durations.Record(socket.Context.Time.GetElapsedTime(begun).TotalSeconds, TagsOf(error));
        }
        catch (Exception)
        {
            // See above.
        }
    }

    /// <summary>A connection that was let in has ended.</summary>
    /// <param name="life">How long it lasted.</param>
    /// <param name="cause">Why; null when we closed it.</param>
    public void EndConnection(TimeSpan life, ZmtpException? cause)
    {
        if (_metrics.ConnectionDuration is not { Enabled: true } durations) return;
        try
        {
            durations.Record(life.TotalSeconds, TagsOf(cause));
        }
        catch (Exception)
        {
            // See above.
        }
    }

    /// <summary>There is no connection: an attempt to connect, or to accept, has failed.</summary>
    public void CountFailure(ZmtpException error)
    {
        if ((isIncoming ? _metrics.AcceptFailures : _metrics.ConnectFailures) is not { Enabled: true } failures) return;
        try
        {
            failures.Add(1, TagsOf(error));
        }
        catch (Exception)
        {
            // See above.
        }
    }

    private TagList TagsOf(ZmtpException? error)
    {
        TagList tags = new(new ConnectionSeries(socket.Type, transport, socket.Options.Security.MechanismName, isIncoming).Tags());
        if (error is not null) tags.Add(TagNames.ErrorType, ErrorTypes.Of(error));
        return tags;
    }
}
