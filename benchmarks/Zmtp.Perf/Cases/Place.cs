namespace Zmtp.Perf.Cases;

/// <summary>
/// What a DEALER says first to a ROUTER that streams: which place it has among those that are sent to in turn, as the number of a body of 8 octets.
/// </summary>
internal static class Place
{
    public static byte[] Write(int place)
    {
        var body = new byte[sizeof(long)];
        NumberedBody.Fill(body, place);
        return body;
    }

    /// <exception cref="MeasurementException">There is no such place.</exception>
    public static int Read(ReadOnlySpan<byte> body, int count)
    {
        if (body.Length == sizeof(long) && NumberedBody.TryReadNumber(body, out var place) && place >= 0 && place < count) return (int)place;
        throw new MeasurementException($"what a DEALER said first is no place among {count}");
    }
}
