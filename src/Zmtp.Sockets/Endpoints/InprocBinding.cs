using System.Runtime.ExceptionServices;
using Zmtp.Sockets.Pipes;
using Zmtp.Threading;
using Zmtp.Transports;

namespace Zmtp.Sockets.Endpoints;

/// <summary>The bound end of an inproc name.</summary>
internal sealed class InprocBinding : IBinding
{
    private readonly Lock _gate = new();
    private readonly Dictionary<InprocConnector, Pipe> _pipes = [];

    public InprocBinding(ZmtpSocket socket, ZmtpEndpoint endpoint)
    {
        Socket = socket;
        Name = endpoint.Address;
        Endpoint = endpoint.ToString();
        socket.Context.Inproc.Reserve(this);
    }

    public ZmtpSocket Socket { get; }

    public string Name { get; }

    public string Endpoint { get; }

    public string Given => Endpoint;

    public bool IsSecured => false;

    /// <summary>Whether peers may join. Guarded by the registry.</summary>
    public bool IsOpen { get; set; }

    public void Start() => Socket.Context.Inproc.Open(this);

    public IReadOnlyCollection<Pipe> Pipes()
    {
        using (_gate.Hold()) return [.. _pipes.Values];
    }

    public ValueTask StopListeningAsync()
    {
        Socket.Context.Inproc.Unbind(this);
        return ValueTask.CompletedTask;
    }

    /// <remarks>What one of them throws, for want of memory say, is thrown when all have parted: nobody would end the others.</remarks>
    public Task CloseAsync(Linger linger)
    {
        InprocConnector[] connectors;
        using (_gate.Hold()) connectors = [.. _pipes.Keys];
        Exception? failure = null;
        foreach (var connector in connectors)
        {
            try
            {
                connector.Part(byBound: true, goOn: true);
            }
            catch (Exception e)
            {
                failure ??= e;
            }
        }

        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
        Socket.TurnedAway.Retry();
        return Task.CompletedTask;
    }

    public Pipe Enter(InprocConnector connector)
    {
        var pipe = new Pipe(Socket, Endpoint, outlivesConnection: false);
        try
        {
            using (_gate.Hold()) _pipes.Add(connector, pipe);
            Socket.Endpoints.Add(pipe);
            Socket.OnPipeAdded(pipe);
            return pipe;
        }
        catch
        {
            // For want of memory: nobody else knows of it yet.
            Leave(connector, pipe);
            throw;
        }
    }

    public void Leave(InprocConnector connector, Pipe pipe)
    {
        using (_gate.Hold()) _pipes.Remove(connector);
        Socket.Endpoints.Remove(pipe);
    }
}
