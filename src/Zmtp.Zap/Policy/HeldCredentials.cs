using System.Security.Cryptography;
using Zmtp.Security;

namespace Zmtp.Zap;

/// <summary>
/// A request with credentials of its own, zeroed on Dispose, for a check that may go on after the peer and the memory of its request are
/// gone.
/// </summary>
internal sealed class HeldCredentials : IDisposable
{
    private readonly byte[] _octets;

    public HeldCredentials(AuthenticationRequest request)
    {
        var credentials = new ReadOnlyMemory<byte>[request.Credentials.Count];
        _octets = GC.AllocateArray<byte>(request.Credentials.Sum(static credential => credential.Length), pinned: true);
        var used = 0;
        for (var i = 0; i < credentials.Length; i++)
        {
            request.Credentials[i].CopyTo(_octets.AsMemory(used));
            credentials[i] = _octets.AsMemory(used, request.Credentials[i].Length);
            used += credentials[i].Length;
        }

        Facts = new AuthenticationRequest(request.Domain, request.Address, request.Identity.ToArray(), request.Mechanism, credentials);
    }

    public AuthenticationRequest Facts { get; }

    /// <summary>Runs a check with the credentials when it is its turn, and zeroes them when it has ended or will not be made.</summary>
    public async ValueTask<CheckOutcome<T>> RunAsync<T>(
        CheckQueue queue, Func<AuthenticationRequest, CancellationToken, ValueTask<T>> check, bool isPatient, CancellationToken cancellationToken)
    {
        var hasBegun = false;
        try
        {
            return await queue.RunAsync(
                async stop =>
                {
                    Volatile.Write(ref hasBegun, true);
                    using (this) return await check(Facts, stop).ConfigureAwait(false);
                },
                isPatient ? null : Facts.Address,
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // A check that begins only now finds zeros, and nobody waits for its answer.
            if (!Volatile.Read(ref hasBegun)) Dispose();
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_octets);
}
