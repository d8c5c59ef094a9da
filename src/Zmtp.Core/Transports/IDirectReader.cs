namespace Zmtp.Transports;

/// <summary>
/// What the <see cref="System.IO.Pipelines.PipeReader"/> of a <see cref="TransportConnection"/> may offer besides: a body that is larger than the receive
/// buffer goes straight to the memory where it will stay.
/// </summary>
internal interface IDirectReader
{
    /// <summary>Whether octets have been received that the next <see cref="System.IO.Pipelines.PipeReader.ReadAsync"/> will hand out.</summary>
    bool HasUnread { get; }

    /// <summary>
    /// Reads what is there, or waits for the first octets. Valid only without <see cref="HasUnread"/> and while no other read is
    /// pending. What comes along behind a full destination is unread afterwards.
    /// </summary>
    /// <param name="destination">Belongs to the reader until the call completes. Not empty.</param>
    /// <param name="cancellationToken">Gives up; what had arrived stays with the system.</param>
    /// <returns>Octets read, 1 to the length of <paramref name="destination"/>; 0 when the peer has ended its output.</returns>
    /// <exception cref="ZmtpException">The connection is lost or was aborted (network, may be retried).</exception>
    ValueTask<int> ReadIntoAsync(Memory<byte> destination, CancellationToken cancellationToken);
}
