using System.Collections.Concurrent;

namespace Zmtp.Zap.Tests;

/// <summary>A password store of the application's own, which says when it changes and gives versions.</summary>
internal sealed class FakePasswords : IVersionedPasswordStore
{
    private readonly ConcurrentDictionary<string, string> _passwords = new();

    public event EventHandler? Changed;

    /// <summary>Throws whenever it is asked.</summary>
    public volatile Exception? Failure;

    /// <summary>Every check of a password waits for it.</summary>
    public volatile Task Gate = Task.CompletedTask;

    /// <summary>Called in every check of a password, before it is answered.</summary>
    public volatile Action? OnVerify;

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

    public void Raise() => Changed?.Invoke(this, EventArgs.Empty);

    public async ValueTask<bool> VerifyAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken)
    {
        if (Failure is { } failure) throw failure;
        OnVerify?.Invoke();
        await Gate.WaitAsync(cancellationToken);
        return _passwords.TryGetValue(userName, out var right) && password.Span.SequenceEqual(Frames.Octets(right));
    }

    public ValueTask<string?> FindVersionAsync(string userName, CancellationToken cancellationToken)
    {
        if (Failure is { } failure) throw failure;
        return new(_passwords.TryGetValue(userName, out var right) ? "version of " + right : null);
    }
}
