using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>
/// A factory of meters of a test's own, and all that is measured by them: tests run side by side, and the meter of the process measures them all.
/// </summary>
internal sealed class KeptMeasurements : IMeterFactory
{
    private readonly ConcurrentDictionary<string, Meter> _meters = new();
    private readonly ConcurrentQueue<Instrument> _instruments = new();
    private readonly ConcurrentQueue<Kept> _kept = new();
    private MeterListener? _listener;

    /// <param name="isListening">Whether somebody listens from the beginning.</param>
    public KeptMeasurements(bool isListening = true)
    {
        if (isListening) Listen();
    }

    /// <summary>What is thrown by whoever listens.</summary>
    public Exception? Fault { get; set; }

    /// <summary>What is thrown by whoever listens when told of an instrument.</summary>
    public Exception? FaultWhenPublished { get; set; }

    /// <summary>Those that were told of; each as often as it was made.</summary>
    public IReadOnlyCollection<Instrument> Instruments => _instruments;

    public Meter Create(MeterOptions options) => _meters.GetOrAdd(
        options.Name, static (name, scope) => new Meter(new MeterOptions(name) { Scope = scope }), this);

    /// <summary>The tags of a connection's measurements, as they are kept here.</summary>
    public static string Tags(string socketType, string role, string transport = "tcp", string mechanism = "NULL", string? error = null) =>
        $"{(error is null ? "" : $"error.type={error} ")}{(mechanism.Length == 0 ? "" : $"zmtp.mechanism={mechanism} ")}" +
        $"zmtp.role={role} zmtp.socket.type={socketType} zmtp.transport={transport}";

    /// <summary>Somebody listens from now on.</summary>
    public void Listen()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, itself) =>
            {
                if (!ReferenceEquals(instrument.Meter.Scope, this)) return;
                _instruments.Enqueue(instrument);
                itself.EnableMeasurementEvents(instrument);
                if (FaultWhenPublished is { } fault) throw fault;
            },
        };
        listener.SetMeasurementEventCallback<double>(Keep);
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, state) => Keep(instrument, value, tags, state));
        listener.Start();
        _listener = listener;
    }

    /// <summary>What an instrument has recorded: values and tags, in order.</summary>
    public IReadOnlyList<(double Value, string Tags)> Of(string instrument) =>
        [.. _kept.Where(one => one.Instrument == instrument).Select(static one => (one.Value, one.Tags))];

    /// <summary>The tags of what an instrument has recorded, in an order of their own.</summary>
    public IEnumerable<string> TagsOf(string instrument) => Of(instrument).Select(static one => one.Tags).Order(StringComparer.Ordinal);

    /// <summary>Asks an observable instrument.</summary>
    public IReadOnlyDictionary<string, long> Ask(string instrument)
    {
        _kept.Clear();
        _listener!.RecordObservableInstruments();
        return Of(instrument).ToDictionary(static one => one.Tags, static one => (long)one.Value);
    }

    public void Dispose()
    {
        _listener?.Dispose();
        foreach (var meter in _meters.Values) meter.Dispose();
    }

    private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (Fault is { } fault) throw fault;
        var texts = tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}");
        _kept.Enqueue(new Kept(instrument.Name, value, string.Join(' ', texts.Order(StringComparer.Ordinal))));
    }

    private sealed record Kept(string Instrument, double Value, string Tags);
}
