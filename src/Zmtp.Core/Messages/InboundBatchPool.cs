using Zmtp.Threading;

namespace Zmtp;

/// <summary>Batches for reuse, without the memory of their octets. Safe on any thread.</summary>
internal static class InboundBatchPool
{
    /// <summary>How many lie idle at most: what a queue at its default high-water mark of lone messages gives back.</summary>
    private const int Capacity = 1024;

    /// <summary>
    /// How long the tables of those that lie idle are together at most, 8 MiB: a stream of small messages fills a few batches with thousands
    /// each, again and again, and a queue of many small batches has short ones.
    /// </summary>
    private const int MaximumTableLength = 1024 * 1024;

    private static readonly SpinGate Gate = new();
    private static readonly InboundBatch?[] Idle = new InboundBatch?[Capacity];
    private static int _count;
    private static int _tableLength;

    public static InboundBatch Rent()
    {
        using (Gate.Hold())
        {
            if (_count > 0)
            {
                var batch = Idle[--_count]!;
                Idle[_count] = null;
                _tableLength -= batch.TableLength;
                return batch;
            }
        }

        return new InboundBatch();
    }

    public static void Return(InboundBatch batch)
    {
        using (Gate.Hold())
        {
            if (_count == Capacity || _tableLength + batch.TableLength > MaximumTableLength) return;
            Idle[_count++] = batch;
            _tableLength += batch.TableLength;
        }
    }
}
