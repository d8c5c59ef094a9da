using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Zmtp.Threading;

namespace Zmtp.Sockets.Endpoints;

/// <summary>The inproc names of a context. Either side may come first.</summary>
internal sealed class InprocRegistry
{
    public const string Scheme = "inproc";

    private readonly Lock _gate = new();

    // Changed under the gate.
    private readonly ConcurrentDictionary<string, InprocBinding> _bound = new(StringComparer.Ordinal);
    private readonly List<InprocConnector> _waiting = [];
    private readonly Queue<InprocConnector> _arriving = new();
    private bool _isJoining;

    /// <summary>
    /// Without the gate: each peer that arrives asks whether a ZAP handler is there, and under the gate the application's logger may be called.
    /// </summary>
    public bool IsBound(string name) => _bound.ContainsKey(name);

    /// <summary>Takes the name. Nobody joins before <see cref="Open"/>.</summary>
    /// <exception cref="ZmtpEndpointException">The name is taken.</exception>
    public void Reserve(InprocBinding binding)
    {
        lock (_gate)
        {
            if (!_bound.TryAdd(binding.Name, binding))
            {
                throw new ZmtpEndpointException(
                    binding.Endpoint,
                    $"{binding.Endpoint} is bound already. An inproc name belongs to one socket of a context at a time.",
                    FaultOrigin.Caller,
                    mayRetry: true);
            }
        }
    }

    /// <summary>Joins the connectors that wait for the name, and those that come from now on.</summary>
    public void Open(InprocBinding binding)
    {
        // An interrupt here would leave a name that is bound and that nobody can join.
        using (_gate.Hold())
        {
            binding.IsOpen = true;

            // The socket may have been closed meanwhile, and the name have another one.
            if (!_bound.TryGetValue(binding.Name, out var bound) || bound != binding) return;
            foreach (var connector in _waiting.FindAll(connector => connector.Name == binding.Name))
            {
                _waiting.Remove(connector);
                _arriving.Enqueue(connector);
            }

            JoinArriving();
        }
    }

    public void Unbind(InprocBinding binding)
    {
        // An interrupt here would leave a name that nobody else can take, and a socket half closed.
        using (_gate.Hold())
        {
            if (_bound.TryGetValue(binding.Name, out var bound) && bound == binding) _bound.TryRemove(binding.Name, out _);
        }
    }

    public void Connect(InprocConnector connector)
    {
        // An interrupt here would lose one that is to come back.
        using (_gate.Hold())
        {
            _arriving.Enqueue(connector);
            JoinArriving();
        }
    }

    public void Forget(InprocConnector connector)
    {
        using (_gate.Hold())
        {
            connector.IsForgotten = true;
            _waiting.Remove(connector);
        }
    }

    /// <summary>
    /// One after another, as they came: to join one may end another, or free a place for it, which comes back here on the same thread. Under the
    /// gate. What one of them throws is thrown when all have had their turn.
    /// </summary>
    private void JoinArriving()
    {
        if (_isJoining) return;
        _isJoining = true;
        Exception? failure = null;
        while (_arriving.TryDequeue(out var connector))
        {
            try
            {
                Arrive(connector);
            }
            catch (Exception e)
            {
                failure ??= e;
            }
        }

        _isJoining = false;
        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
    }

    // Under the gate.
    private void Arrive(InprocConnector connector)
    {
        if (connector.IsForgotten) return;
        if (_bound.TryGetValue(connector.Name, out var binding) && binding.IsOpen) Join(connector, binding);
        else _waiting.Add(connector);
    }

    // Under the gate.
    private void Join(InprocConnector connector, InprocBinding binding)
    {
        try
        {
            connector.Join(binding);
        }
        catch
        {
            // For want of memory, which passes. The caller gets the error, and may be the bound end; the connecting end comes back, or if
            // it does not at least finds the next socket that is bound there.
            connector.Undo();
            if (!connector.IsForgotten && !connector.HasEnded && !connector.TryComeBack()) _waiting.Add(connector);
            throw;
        }
    }
}
