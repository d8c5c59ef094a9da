using System.Collections.Concurrent;
using System.Text;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>A password store of the application's own, which says when it changes.</summary>
internal sealed class FakePasswords : IVersionedPasswordStore
{
    private readonly ConcurrentDictionary<string, string> _passwords = new();

    public event EventHandler? Changed;

    public FakePasswords With(string userName, string password)
    {
        _passwords[userName] = password;
        Changed?.Invoke(this, EventArgs.Empty);
        return this;
    }

    public void Remove(string userName)
    {
        _passwords.TryRemove(userName, out _);
        Changed?.Invoke(this, EventArgs.Empty);
    }

    public ValueTask<bool> VerifyAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken) =>
        new(_passwords.TryGetValue(userName, out var right) && password.Span.SequenceEqual(Encoding.UTF8.GetBytes(right)));

    public ValueTask<string?> FindVersionAsync(string userName, CancellationToken cancellationToken) =>
        new(_passwords.TryGetValue(userName, out var right) ? "version of " + right : null);
}
