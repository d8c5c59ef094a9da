namespace Zmtp.Zap;

/// <summary>
/// A password store that can tell, after a user came in, whether the entry that let it in is still the same: without the password,
/// which is not kept. Implementations must be safe for concurrent calls.
/// </summary>
public interface IVersionedPasswordStore : IPasswordStore, IChangingStore
{
    /// <summary>
    /// Finds what stands for a user's present entry. Asked before every check, so it takes as long for an unknown name as for a known one.
    /// </summary>
    /// <param name="userName">The name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>
    /// A text that stays the same as long as the entry does and differs once the password was changed; null when there is no such
    /// user. The password cannot be derived or checked from it.
    /// </returns>
    ValueTask<string?> FindVersionAsync(string userName, CancellationToken cancellationToken = default);
}
