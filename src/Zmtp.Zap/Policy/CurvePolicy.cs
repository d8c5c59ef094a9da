namespace Zmtp.Zap;

/// <summary>How CURVE clients of a domain are judged: by a store, or (null) let in whichever key they show.</summary>
/// <param name="Store">The store, or null.</param>
/// <param name="IsOwned">Whether the authenticator opened the store, so that it disposes of it.</param>
internal sealed record CurvePolicy(ICertificateStore? Store, bool IsOwned);
