namespace Zmtp;

/// <summary>An endpoint could not be bound or reached. The message names the endpoint and what to check.</summary>
public sealed class ZmtpEndpointException : ZmtpException
{
    /// <summary>Creates an error.</summary>
    /// <param name="endpoint">The endpoint as the caller wrote it.</param>
    /// <param name="message">What happened and what to check.</param>
    /// <param name="origin">Caller for an address that cannot be bound, Network for one that does not answer.</param>
    /// <param name="mayRetry">Whether trying again can help.</param>
    /// <param name="innerException">The cause.</param>
    public ZmtpEndpointException(string endpoint, string message, FaultOrigin origin, bool mayRetry, Exception? innerException = null)
        : base(message, origin, mayRetry, innerException)
    {
        Endpoint = endpoint;
    }

    /// <summary>The endpoint.</summary>
    public string Endpoint { get; }

    /// <inheritdoc/>
    public override bool IsFatal => false;
}
