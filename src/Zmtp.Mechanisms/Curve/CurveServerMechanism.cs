namespace Zmtp.Mechanisms;

/// <summary>The server of CURVE: its story is told by the states, from <see cref="CurveAwaitHello"/> on.</summary>
internal sealed class CurveServerMechanism(CurveServerSettings settings) : CurveMechanism(new CurveAwaitHello(settings));
