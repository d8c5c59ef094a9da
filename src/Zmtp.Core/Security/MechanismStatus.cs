namespace Zmtp.Security;

/// <summary>What a mechanism waits for: the driver does it and calls the method named here.</summary>
public enum MechanismStatus
{
    /// <summary>It has a command to send: <see cref="Mechanism.WriteCommand"/>.</summary>
    Sending,

    /// <summary>It needs the peer's next command: <see cref="Mechanism.ReadCommand"/>.</summary>
    Receiving,

    /// <summary>It needs a verdict on <see cref="Mechanism.AuthenticationRequest"/>: <see cref="Mechanism.Authenticate"/>.</summary>
    Authenticating,

    /// <summary>The handshake has succeeded; messages may flow.</summary>
    Ready,

    /// <summary>The handshake has been refused; <see cref="Mechanism.Failure"/> says why. Close.</summary>
    Failed,
}
