using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Zmtp.Testing.Peers;

/// <summary>
/// Stands between two peers and forwards octets: may pause, cut, delay, re-chunk to single octets, refuse new connections, and
/// keeps what went through. Made for one target endpoint; any number of connections.
/// </summary>
public sealed class Relay : IAsyncDisposable
{
    private readonly string _target;
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<RelayConnection, Task> _connections = new();
    private readonly List<RelayConnection> _all = [];
    private readonly Task _accepting;
    private volatile TaskCompletionSource _open = Opened();
    private int _chunk = 64 * 1024;
    private long _delayTicks;
    private volatile bool _refusing;

    private Relay(string target)
    {
        _target = target;
        _listener = RawEndpoint.CreateSocket(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(128);
        Endpoint = string.Create(CultureInfo.InvariantCulture, $"tcp://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}");
        _accepting = AcceptAsync();
    }

    /// <summary>Where the connecting side connects to.</summary>
    public string Endpoint { get; }

    /// <summary>The most octets forwarded in one write; 1 re-chunks to single octets. Default: 65536.</summary>
    public int Chunk
    {
        get => Volatile.Read(ref _chunk);
        set => Volatile.Write(ref _chunk, value);
    }

    /// <summary>How long each chunk is held before it goes on. Default: zero.</summary>
    public TimeSpan Delay
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _delayTicks));
        set => Interlocked.Exchange(ref _delayTicks, value.Ticks);
    }

    /// <summary>Closes new connections at once when true.</summary>
    public bool Refusing
    {
        get => _refusing;
        set => _refusing = value;
    }

    /// <summary>How many connections were forwarded so far, ended ones included.</summary>
    public int ConnectionCount
    {
        get
        {
            lock (_all)
            {
                return _all.Count;
            }
        }
    }

    /// <summary>Starts a relay in front of <paramref name="target"/>.</summary>
    public static Relay To(string target) => new(target);

    /// <summary>Stops forwarding; both sides stay connected.</summary>
    public void Pause() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Goes on after <see cref="Pause"/>.</summary>
    public void Resume() => _open.TrySetResult();

    /// <summary>Cuts all connections with RST on both sides.</summary>
    public void Cut()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Cut();
        }
    }

    /// <summary>What the connecting side sent over connection <paramref name="index"/>, counted from 0.</summary>
    public byte[] SentByClient(int index = 0) => At(index).ClientOctets();

    /// <summary>What the target sent over connection <paramref name="index"/>, counted from 0.</summary>
    public byte[] SentByServer(int index = 0) => At(index).ServerOctets();

    /// <summary>Cuts everything and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        Resume();
        Cut();
        await _accepting.WithinAsync();
        await Task.WhenAll(_connections.Values).WithinAsync();
        _stop.Dispose();
    }

    private static TaskCompletionSource Opened()
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        open.SetResult();
        return open;
    }

    internal async ValueTask PassAsync(CancellationToken token)
    {
        await _open.Task.WaitAsync(token);
        var delay = Delay;
        if (delay > TimeSpan.Zero)
        {
            await Task.Delay(delay, token);
        }
    }

    private RelayConnection At(int index)
    {
        lock (_all)
        {
            return _all[index];
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                var client = await _listener.AcceptAsync(_stop.Token);
                if (_refusing)
                {
                    client.Dispose();
                    continue;
                }

                _ = RunAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The relay was stopped.
        }
    }

    private async Task RunAsync(Socket client)
    {
        EndPoint target = RawEndpoint.Parse(_target);
        var server = RawEndpoint.CreateSocket(target);
        try
        {
            await server.ConnectAsync(target, _stop.Token);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            client.Dispose();
            server.Dispose();
            return;
        }

        var connection = new RelayConnection(this, client, server);
        lock (_all)
        {
            _all.Add(connection);
        }

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _connections[connection] = done.Task;
        await connection.RunAsync(_stop.Token);
        _connections.TryRemove(connection, out _);
        done.SetResult();
    }
}
