namespace Zmtp.Security;

/// <summary>The status codes of RFC 27, section "Status codes".</summary>
public enum AuthenticationStatus
{
    /// <summary>200: let the client in.</summary>
    Success = 200,

    /// <summary>300: not now. The connection is closed without ERROR; the client may try again.</summary>
    TemporaryError = 300,

    /// <summary>400: the credentials are refused. The client gets ERROR and does not try again with them.</summary>
    Denied = 400,

    /// <summary>500: the authenticator itself failed. The client gets ERROR.</summary>
    InternalError = 500,
}
