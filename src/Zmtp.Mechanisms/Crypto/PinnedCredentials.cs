using System.Security.Cryptography;

namespace Zmtp.Mechanisms.Crypto;

/// <summary>A user name and a password in one pinned array, zeroed on Dispose.</summary>
internal sealed class PinnedCredentials : IDisposable
{
    private readonly byte[] _octets;
    private readonly int _usernameLength;

    public PinnedCredentials(ReadOnlySpan<byte> username, ReadOnlySpan<byte> password)
    {
        _usernameLength = username.Length;
        _octets = GC.AllocateArray<byte>(username.Length + password.Length, pinned: true);
        username.CopyTo(_octets);
        password.CopyTo(_octets.AsSpan(username.Length));
    }

    public ReadOnlyMemory<byte> Username => _octets.AsMemory(0, _usernameLength);

    public ReadOnlyMemory<byte> Password => _octets.AsMemory(_usernameLength);

    public void Dispose() => CryptographicOperations.ZeroMemory(_octets);
}
