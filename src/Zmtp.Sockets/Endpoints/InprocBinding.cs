using Zmtp.Sockets.Pipes;
using Zmtp.Transports;

namespace Zmtp.Sockets.Endpoints;

/// <summary>The bound end of an inproc name.</summary>
internal sealed class InprocBinding : IBinding
{
    private readonly Lock _gate = new();
    private readonly List<InprocConnector> _connectors = [];

    public InprocBinding(ZmtpSocket socket, ZmtpEndpoint endpoint)
    {
        Socket = socket;
        Name = endpoint.Address;
        Endpoint = endpoint.ToString();
        Table = socket.Endpoints;
        socket.Context.Inproc.Bind(this);
    }

    public ZmtpSocket Socket { get; }

    public EndpointTable Table { get; }

    public string Name { get; }

    public string Endpoint { get; }

    public void Start()
    {
    }

    public ValueTask StopListeningAsync()
    {
        Socket.Context.Inproc.Unbind(this);
        return ValueTask.CompletedTask;
    }

    public Task CloseAsync()
    {
        InprocConnector[] connectors;
        lock (_gate) connectors = [.. _connectors];
        foreach (var connector in connectors) connector.Part(goOn: true);
        Socket.TurnedAway.Retry();
        return Task.CompletedTask;
    }

    public Pipe Enter(InprocConnector connector)
    {
        lock (_gate) _connectors.Add(connector);
        var pipe = new Pipe(Socket, Endpoint, outlivesConnection: false);
        Table.Add(pipe);
        Socket.OnPipeAdded(pipe);
        return pipe;
    }

    public void Leave(InprocConnector connector, Pipe pipe)
    {
        lock (_gate) _connectors.Remove(connector);
        Table.Remove(pipe);
    }
}
