namespace Zmtp.Mechanisms;

/// <summary>Which clients a CURVE server lets in, once they have proved that they own the key they show.</summary>
public enum CurveClients
{
    /// <summary>The authenticator decides about each client's key; without an authenticator nobody gets in. The default.</summary>
    AskAuthenticator,

    /// <summary>
    /// Any client that knows the server's public key. Nobody is asked: the traffic is encrypted, the client is not authenticated. Its
    /// key is still available to the application.
    /// </summary>
    AllowAny,
}
