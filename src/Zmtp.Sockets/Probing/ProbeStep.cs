namespace Zmtp.Sockets;

/// <summary>What one step of a probe found. Immutable.</summary>
/// <param name="Stage">The step.</param>
/// <param name="Succeeded">Whether the attempt could go on after it.</param>
/// <param name="Text">What happened, a sentence. Octets that the peer sent appear in it in printable form only.</param>
public sealed record ProbeStep(ProbeStage Stage, bool Succeeded, string Text);
