namespace Zmtp.Perf;

/// <summary>A measurement has no result: what was received is not what was sent, or did not come. Goes into the JSON line.</summary>
internal sealed class MeasurementException(string message) : Exception(message);
