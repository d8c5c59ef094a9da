using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit.Sdk;

namespace Zmtp.Testing.Peers;

/// <summary>Accepts connections for scripted peers, on an ephemeral port of 127.0.0.1 or on a Unix domain socket.</summary>
public sealed class RawListener : IAsyncDisposable
{
    private readonly Socket _socket;

    private RawListener(EndPoint address)
    {
        _socket = RawEndpoint.CreateSocket(address);
        _socket.Bind(address);
        Endpoint = _socket.LocalEndPoint is IPEndPoint bound
            ? string.Create(CultureInfo.InvariantCulture, $"tcp://127.0.0.1:{bound.Port}")
            : "ipc://" + address;
    }

    /// <summary>Where to connect to.</summary>
    public string Endpoint { get; }

    /// <summary>Listens on an ephemeral port.</summary>
    public static RawListener Open()
    {
        var listener = Reserve();
        listener.Listen();
        return listener;
    }

    /// <summary>Takes an ephemeral port and does not listen yet: connections are refused until <see cref="Listen"/>.</summary>
    public static RawListener Reserve() => new(new IPEndPoint(IPAddress.Loopback, 0));

    /// <summary>Listens again on the port of a listener that was disposed.</summary>
    public static RawListener Reopen(string endpoint)
    {
        var listener = new RawListener(RawEndpoint.Parse(endpoint));
        listener.Listen();
        return listener;
    }

    /// <summary>Begins to listen.</summary>
    public void Listen() => _socket.Listen(128);

    /// <summary>Limits what the kernel takes in for connections accepted from now on.</summary>
    public void LimitReceiveBuffer(int octets) => _socket.ReceiveBufferSize = octets;

    /// <summary>Waits for the next connection.</summary>
    public async Task<RawPeer> AcceptAsync()
    {
        try
        {
            return new RawPeer(await _socket.AcceptAsync(TestTimeout.Token));
        }
        catch (OperationCanceledException)
        {
            throw new XunitException($"Nobody connected to {Endpoint} within {TestTimeout.Default.TotalSeconds} s.");
        }
    }

    /// <summary>NORECON: watches for <paramref name="time"/>, in which nobody may connect.</summary>
    public async Task ExpectNoConnectionAsync(TimeSpan time)
    {
        var attempts = await ConnectionAttemptsAsync(time);
        if (attempts.Count > 0)
        {
            throw new XunitException(
                $"Expected no connection to {Endpoint} within {time.TotalMilliseconds} ms, but {attempts.Count} came, "
                + $"the first after {attempts[0].TotalMilliseconds} ms.");
        }
    }

    /// <summary>Accepts and closes every connection for <paramref name="time"/>.</summary>
    /// <returns>When each came, from the start of the watch.</returns>
    public async Task<IReadOnlyList<TimeSpan>> ConnectionAttemptsAsync(TimeSpan time)
    {
        using var until = new CancellationTokenSource(time);
        long start = TimeProvider.System.GetTimestamp();
        List<TimeSpan> attempts = [];
        try
        {
            while (true)
            {
                using var connection = await _socket.AcceptAsync(until.Token);
                attempts.Add(TimeProvider.System.GetElapsedTime(start));
            }
        }
        catch (OperationCanceledException)
        {
            return attempts;
        }
    }

    /// <summary>Stops listening; accepted connections stay.</summary>
    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
