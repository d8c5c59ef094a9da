using Zmtp.Transports;

namespace Zmtp.Sockets.Endpoints;

/// <summary>Why nobody may be there, for those whose time is over.</summary>
internal static class Absence
{
    /// <summary>Where no attempt has failed: says what can be said from what the socket's endpoints are, in sentences.</summary>
    /// <param name="socket">The socket that waits for a peer.</param>
    public static string Explain(ZmtpSocket socket)
    {
        var bound = socket.BoundEndpoints;
        string[] connected = [.. socket.ConnectedEndpoints.Distinct()];
        if (bound.Count == 0 && connected.Length == 0) return "The socket is neither bound nor connected. Call BindAsync or Connect.";
        string[] unbound = [.. connected.Where(endpoint => IsUnboundName(socket, endpoint))];
        (string Endpoint, string Why)[] unfinished = [.. socket.Endpoints.Unfinished().Where(static one => one.Why.Length > 0).Distinct()];
        string[] attempted = [.. connected.Except(unbound).Except(unfinished.Select(static one => one.Endpoint))];
        List<string> reasons = [];
        if (bound.Count > 0)
        {
            reasons.Add(
                $"The socket listens at {Listed(bound)}; nobody is there whose handshake has succeeded. " +
                "Check that the other end is running and connects there.");
        }

        if (unbound.Length > 0)
        {
            reasons.Add(
                $"{Listed(unbound)} {(unbound.Length == 1 ? "is" : "are")} not bound in this context; a name is known within one ZmtpContext only.");
        }

        foreach (var (endpoint, why) in unfinished)
        {
            reasons.Add($"The peer at {endpoint} has not finished its handshake, which may take as long as HandshakeTimeout. {why}");
        }

        if (attempted.Length > 0)
        {
            reasons.Add(
                $"An attempt to connect to {Listed(attempted)} is under way, or is made soon. It may take as long as " +
                "Transport.ConnectTimeout, where a firewall drops packets, and then HandshakeTimeout, where whoever has accepted says nothing. " +
                "Set both to less than this wait to hear why.");
        }

        return string.Join(' ', reasons);
    }

    /// <summary>What a call throws whose time is over: with why nobody is connected, where the socket knows it.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="what">What did not happen, a sentence.</param>
    /// <param name="advice">What to check where nothing is known, a sentence; may be empty.</param>
    public static TimeoutException NotInTime(ZmtpSocket socket, string what, string advice)
    {
        if (socket.Lobby.WhyEmpty is not { } reason) return new TimeoutException(advice.Length == 0 ? what : $"{what} {advice}");
        var isLeft = socket.BoundEndpoints.Count > 0 || socket.ConnectedEndpoints.Count > 0;
        var none = isLeft ? "No peer is connected" : "No peer is connected, and no endpoint is left by which one could come";
        return new TimeoutException($"{what} {none}: {reason.Message}", reason);
    }

    private static bool IsUnboundName(ZmtpSocket socket, string endpoint)
    {
        var parsed = ZmtpEndpoint.Parse(endpoint);
        return parsed.Scheme == InprocRegistry.Scheme && !socket.Context.Inproc.IsBound(parsed.Address);
    }

    private static string Listed(IEnumerable<string> endpoints) => string.Join(", ", endpoints);
}
