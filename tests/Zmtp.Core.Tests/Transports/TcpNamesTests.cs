using System.Net;
using System.Net.Sockets;
using Xunit;
using Zmtp.Testing;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

/// <summary>Names with several addresses, the first of which is dead: octets to it get lost.</summary>
public sealed class TcpNamesTests : IAsyncLifetime
{
    private static readonly IPAddress Dead = IPAddress.Parse("127.0.0.2");

    private readonly TimersTold _time = new();
    private readonly TcpTransport _transport = new(new NameLookup(static _ => [Dead, IPAddress.Loopback]));
    private readonly List<Socket> _fillers = [];
    private TransportListener _live = null!;

    private int Port => _live.Endpoint.Port!.Value;

    private TransportOptions Options => TransportOptions.Default with { Time = _time, ConnectTimeout = TestTimeout.Default };

    public async Task InitializeAsync()
    {
        _live = await TcpTransport.Instance.ListenAsync(ZmtpEndpoint.Parse("tcp://127.0.0.1:*"), TransportOptions.Default, TestTimeout.Token);
        var deaf = NewSocket();
        deaf.Bind(new IPEndPoint(Dead, Port));
        deaf.Listen(1);

        // The queue of a listener that never accepts fills up; then nothing answers any more.
        Socket filler;
        do
        {
            filler = NewSocket();
            try
            {
                await filler.ConnectAsync(Dead, Port, TestTimeout.After(TimeSpan.FromMilliseconds(300)));
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
        while (_fillers.Count < 20);
        Assert.Fail("The queue is not full.");
    }

    public async Task DisposeAsync()
    {
        foreach (var filler in _fillers) filler.Dispose();
        await _live.DisposeAsync();
    }

    [UnixFact]
    public async Task TCP_FirstAddressOfANameIsDead_SecondIsConnectedToAfterTheHeadStart()
    {
        var connecting = _transport.ConnectAsync(ZmtpEndpoint.Parse($"tcp://server.invalid:{Port}"), Options, TestTimeout.Token).AsTask();
        await _time.MadeAsync(AddressRace.HeadStartOf(null)).WithinAsync();
        Assert.False(connecting.IsCompleted);

        _time.Advance(AddressRace.HeadStartOf(null));

        await using var connection = await connecting.WithinAsync(seconds: 5);
        Assert.Equal(_live.Endpoint.ToString(), connection.RemoteEndpoint);
    }

    /// <summary>Two sockets cannot have it at once on every system.</summary>
    [UnixFact]
    public async Task TCP_FirstAddressIsDeadAndTheSourceHasAPort_SecondIsConnectedToAfterTheFirstHasHadItsShare()
    {
        int source;
        using (var free = new Socket(AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, ProtocolType.Tcp))
        {
            free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            source = ((IPEndPoint)free.LocalEndPoint!).Port;
        }

        var endpoint = ZmtpEndpoint.Parse($"tcp://127.0.0.1:{source};server.invalid:{Port}");
        var options = Options with { ConnectTimeout = TimeSpan.FromSeconds(2) };

        // By a clock that stands still: there is no head start.
        await using var connection = await _transport.ConnectAsync(endpoint, options, TestTimeout.Token).WithinAsync();

        Assert.Equal((_live.Endpoint.ToString(), $"tcp://127.0.0.1:{source}"), (connection.RemoteEndpoint, connection.LocalEndpoint));
    }

    private Socket NewSocket()
    {
        var socket = new Socket(AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, ProtocolType.Tcp);
        _fillers.Add(socket);
        return socket;
    }
}
