namespace Zmtp.Mechanisms;

/// <summary>The client of CURVE: its story is told by the states, from <see cref="CurveSendHello"/> on.</summary>
internal sealed class CurveClientMechanism(CurveClientSettings settings) : CurveMechanism(new CurveSendHello(settings));
