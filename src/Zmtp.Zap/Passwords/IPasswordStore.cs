namespace Zmtp.Zap;

/// <summary>
/// Knows who may come in with a user name and a password (PLAIN, RFC 24). Implementations must be safe for concurrent calls.
/// </summary>
public interface IPasswordStore
{
    /// <summary>Checks a password. Takes as long for an unknown name as for a wrong password.</summary>
    /// <param name="userName">The name as the peer sent it; not trustworthy before the answer is true.</param>
    /// <param name="password">The octets of the password; valid until the returned task completes. Never log them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether both belong together. An exception refuses the peer, too, with status 500.</returns>
    ValueTask<bool> VerifyAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken = default);
}
