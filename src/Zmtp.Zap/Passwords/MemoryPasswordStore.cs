namespace Zmtp.Zap;

/// <summary>
/// A password store in memory, of hashes or of passwords in clear text (of which keyed digests are kept). A change holds for the next
/// handshake. Safe on any thread.
/// </summary>
/// <remarks>A check takes the same time whether the name is there or not, as for <see cref="PasswordFile"/>.</remarks>
public sealed class MemoryPasswordStore : IVersionedPasswordStore, IDisposable
{
    private readonly Lock _changing = new();
    private readonly PasswordKey _key = new();
    private readonly PasswordTable _table;
    private bool _isDisposed;

    /// <summary>Creates a store without users.</summary>
    public MemoryPasswordStore()
        : this(Argon2Hasher.Instance)
    {
    }

    internal MemoryPasswordStore(IPasswordHasher hasher) => _table = new PasswordTable(_key, hasher);

    /// <summary>
    /// A user was added, changed or removed; raised on the thread that did it, after it is in force. What a handler throws comes out of the
    /// call that made the change, after all handlers were called.
    /// </summary>
    public event EventHandler? Changed;

    /// <summary>How many users there are.</summary>
    public int Count
    {
        get
        {
            lock (_changing) return _table.Count;
        }
    }

    /// <summary>The names, in no order; a copy.</summary>
    public IReadOnlyList<string> UserNames
    {
        get
        {
            lock (_changing) return [.. _table.UserNames];
        }
    }

    /// <summary>Adds a user, or replaces the entry, by a hash.</summary>
    /// <param name="userName">The name, as the peer will send it; not empty.</param>
    /// <param name="hash">The hash of the password.</param>
    /// <exception cref="ArgumentException">The name is empty, or has no UTF-8 form.</exception>
    /// <exception cref="InvalidOperationException">
    /// The hashes are of four different costs already, each of which every check must compute: make all with the same parameters.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The store has been disposed of.</exception>
    public void Set(string userName, PasswordHash hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        Change(userName, table =>
        {
            if (!table.HasRoomFor(hash.Parameters))
            {
                throw new InvalidOperationException(
                    $"The hashes are of {PasswordTable.MaxCosts} different costs already. Make all with the same parameters.");
            }

            table.SetHash(userName, hash);
        });
    }

    /// <summary>Adds a user, or replaces the entry, by a password. Checks are quick, unless other users have hashes.</summary>
    /// <param name="userName">The name, as the peer will send it; not empty.</param>
    /// <param name="password">The password, of which a keyed digest is kept. Zeroing it is up to the caller.</param>
    /// <exception cref="ArgumentException">The name is empty, or name or password have no UTF-8 form.</exception>
    /// <exception cref="ObjectDisposedException">The store has been disposed of.</exception>
    public void SetClearText(string userName, ReadOnlySpan<char> password)
    {
        using var text = PasswordText.Encode(password);
        SetEntry(userName, text);
    }

    /// <summary>Removes a user.</summary>
    /// <param name="userName">The name.</param>
    /// <returns>Whether it was there.</returns>
    public bool Remove(string userName)
    {
        ArgumentNullException.ThrowIfNull(userName);
        lock (_changing)
        {
            if (!_table.Remove(userName)) return false;
        }

        Handlers.CallAll(Changed, this);
        return true;
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The store has been disposed of.</exception>
    public ValueTask<bool> VerifyAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(userName);
        PasswordCheck check;
        lock (_changing)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            check = _table.Check(userName);
        }

        return RunAsync(check, password, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The store has been disposed of.</exception>
    public ValueTask<string?> FindVersionAsync(string userName, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(userName);
        lock (_changing)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return ValueTask.FromResult(_table.FindVersion(userName));
        }
    }

    /// <summary>Zeroes the key of the digests. Later checks throw.</summary>
    public void Dispose()
    {
        lock (_changing)
        {
            _isDisposed = true;
            _key.Dispose();
        }
    }

    private async ValueTask<bool> RunAsync(PasswordCheck check, ReadOnlyMemory<byte> password, CancellationToken cancellationToken)
    {
        var isRight = await PasswordWork.RunAsync(check, password, cancellationToken).ConfigureAwait(false);

        // Without the key every password is wrong, and nobody is to be told that.
        lock (_changing) ObjectDisposedException.ThrowIf(_isDisposed, this);
        return isRight;
    }

    private void SetEntry(string userName, PasswordText password) =>
        Change(userName, table => table.SetClearText(userName, password.Span));

    private void Change(string userName, Action<PasswordTable> change)
    {
        ArgumentException.ThrowIfNullOrEmpty(userName);
        if (!ZapText.IsUnicode(userName)) throw new ArgumentException("The user name has no UTF-8 form.", nameof(userName));
        lock (_changing)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            change(_table);
        }

        Handlers.CallAll(Changed, this);
    }
}
