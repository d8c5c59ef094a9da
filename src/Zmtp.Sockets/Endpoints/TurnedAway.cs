using System.Runtime.ExceptionServices;
using Zmtp.Threading;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// Connectors over inproc that the pattern of a socket refused, at the bound end or at the connecting one. They are tried again when a peer
/// of that socket has left, without the pause that a network needs.
/// </summary>
internal sealed class TurnedAway
{
    private readonly Lock _gate = new();
    private readonly HashSet<InprocConnector> _connectors = [];
    private int _departures;

    /// <summary>How many times a place may have become free. To be read before the pattern is asked.</summary>
    public int Departures => Volatile.Read(ref _departures);

    /// <summary>Keeps a connector that was refused.</summary>
    /// <param name="connector">The connector.</param>
    /// <param name="departures">What <see cref="Departures"/> was before the pattern was asked.</param>
    /// <returns>False: somebody has left since, and it is to be tried at once.</returns>
    public bool TryAdd(InprocConnector connector, int departures)
    {
        using (_gate.Hold())
        {
            if (departures != _departures) return false;
            _connectors.Add(connector);
            return true;
        }
    }

    /// <summary>The connector is closing, and must not be kept alive.</summary>
    public void Remove(InprocConnector connector)
    {
        using (_gate.Hold()) _connectors.Remove(connector);
    }

    /// <summary>A peer has left, or an endpoint was given up: tries all of them again. Outside all gates but that of the registry.</summary>
    /// <remarks>What one of them throws, for want of memory say, is thrown when all have had their turn: nobody would try the others again.</remarks>
    public void Retry()
    {
        Exception? failure = null;
        foreach (var connector in Take())
        {
            try
            {
                connector.GoOn();
            }
            catch (Exception e)
            {
                failure ??= e;
            }
        }

        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>
    /// As <see cref="Retry"/>, on the pool: to join takes gates of the context, and threads of the engine do not wait for those. What is thrown there is
    /// told.
    /// </summary>
    public void RetryElsewhere()
    {
        var connectors = Take();
        if (connectors.Length == 0) return;
        try
        {
            _ = Task.Run(() =>
            {
                foreach (var connector in connectors) connector.GoOnOrTell();
            });
        }
        catch
        {
            // For want of memory: the next departure tries them again.
            using (_gate.Hold()) _connectors.UnionWith(connectors);
            throw;
        }
    }

    private InprocConnector[] Take()
    {
        using (_gate.Hold())
        {
            _departures++;
            if (_connectors.Count == 0) return [];
            InprocConnector[] connectors = [.. _connectors];
            _connectors.Clear();
            return connectors;
        }
    }
}
