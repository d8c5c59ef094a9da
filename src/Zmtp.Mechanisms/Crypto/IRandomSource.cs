namespace Zmtp.Mechanisms.Crypto;

/// <summary>Where transient keys and nonces come from. Tests fix it; everybody else uses <see cref="SystemRandomSource"/>.</summary>
internal interface IRandomSource
{
    /// <summary>Fills the span with octets that nobody can guess. Safe on any thread.</summary>
    void Fill(Span<byte> destination);
}
