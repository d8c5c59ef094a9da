namespace Zmtp.Zap;

/// <summary>By which store passwords of a domain are judged.</summary>
/// <param name="Store">The store.</param>
/// <param name="IsOwned">Whether the authenticator opened the store, so that it disposes of it.</param>
internal sealed record PlainPolicy(IPasswordStore Store, bool IsOwned);
