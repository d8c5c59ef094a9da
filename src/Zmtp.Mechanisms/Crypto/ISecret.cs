namespace Zmtp.Mechanisms.Crypto;

/// <summary>Something that holds key material until it is disposed of.</summary>
internal interface ISecret : IDisposable
{
    /// <summary>Whether the key material is all zeros. For tests.</summary>
    bool IsZero { get; }
}
