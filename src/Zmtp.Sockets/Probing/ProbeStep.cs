namespace Zmtp.Sockets;

/// <summary>What one step of a probe found. Immutable.</summary>
/// <param name="Stage">The step.</param>
/// <param name="Succeeded">Whether it went well. After one that did not there is no other, unless the name of the host has another address.</param>
/// <param name="Text">What happened, a sentence. Octets that the peer sent appear in it in printable form only.</param>
public sealed record ProbeStep(ProbeStage Stage, bool Succeeded, string Text);
