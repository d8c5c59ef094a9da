namespace Zmtp.Mechanisms.Tests;

public sealed class LibsodiumCipherTests : MessageCipherContract
{
    private protected override MessageCipher Create(ReadOnlySpan<byte> key, ReadOnlySpan<byte> prefix) => new LibsodiumCipher(key, prefix);
}
