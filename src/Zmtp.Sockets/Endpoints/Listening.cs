using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using Zmtp.Engine;
using Zmtp.Sockets.Metering;
using Zmtp.Sockets.Pipes;
using Zmtp.Threading;
using Zmtp.Transports;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// Accepts peers and shakes hands with each on its own. Nothing outside this class knows of a peer before its handshake has
/// succeeded, and the number of handshakes under way is bounded (<see cref="PendingHandshakes"/>).
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "CloseAsync ends its life and disposes what it owns.")]
internal sealed class Listening : IBinding
{
    /// <summary>The pause after a failed accept, typically for want of file descriptors.</summary>
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    /// <summary>The pause after defects that do not end.</summary>
    private static readonly TimeSpan LongestAcceptPause = TimeSpan.FromSeconds(6.4);

    private readonly ZmtpSocket _socket;
    private readonly TransportListener _listener;
    private readonly ConnectionOptions _connectionOptions;
    private readonly EndpointMeter _meter;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _stopHandshakes = new();
    private readonly Lock _gate = new();
    private readonly PendingHandshakes _handshakes;
    private readonly Dictionary<ZmtpConnection, Task> _connections = [];
    private readonly HashSet<Pipe> _pipes = [];
    private readonly OpenQuestions _questions;
    private readonly TaskCompletionSource _allGone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Counted up while peers are accepted, which is over when the endpoint closes; counted down under the gate.
    private int _arrivals;
    private bool _isClosing;
    private Linger? _linger;
    private Task _accepting = Task.CompletedTask;

    public Listening(ZmtpSocket socket, ZmtpEndpoint given, TransportListener listener)
    {
        _socket = socket;
        _listener = listener;
        _connectionOptions = socket.ConnectionOptions with { OnDefect = TellOfDefect };
        _meter = new EndpointMeter(socket, listener.Endpoint.Scheme, isIncoming: true);
        Given = given.ToString();
        Endpoint = listener.Endpoint.ToString();
        _handshakes = new PendingHandshakes(socket, Endpoint);
        _questions = new OpenQuestions(socket.Options.MaxPendingHandshakes, _handshakes);
    }

    public string Endpoint { get; }

    public string Given { get; }

    public bool IsSecured => true;

    public IReadOnlyCollection<Pipe> Pipes()
    {
        using (_gate.Hold()) return [.. _pipes];
    }

    public void Start() => _accepting = Background.RunAsync(ListenAsync);

    public async ValueTask StopListeningAsync()
    {
        try
        {
            await StopAcceptingAsync().ConfigureAwait(false);
        }
        finally
        {
            // Whatever was thrown: whoever closes waits for them.
            await GivingUp.TellAsync(_stopHandshakes, _socket, Endpoint).ConfigureAwait(false);
        }
    }

    public async Task CloseAsync(Linger linger)
    {
        KeyValuePair<ZmtpConnection, Task>[] connections;
        using (_gate.Hold())
        {
            _isClosing = true;
            _linger = linger;
            connections = [.. _connections];
        }

        await Task.WhenAll(connections.Select(one => Service.EndAsync(_socket, one.Key, one.Value, linger))).ConfigureAwait(false);
        using (_gate.Hold())
        {
            if (_arrivals == 0) _allGone.TrySetResult();
        }

        await _allGone.Task.ConfigureAwait(false);
        _stop.Dispose();
        _stopHandshakes.Dispose();
    }

    private async ValueTask StopAcceptingAsync()
    {
        try
        {
            await GivingUp.TellAsync(_stop, _socket, Endpoint).ConfigureAwait(false);

            // One of the application's may be meant to go on where it began. That is not to be the caller's thread, which may block until this is over.
            if (!_listener.IsOurs()) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
        finally
        {
            await Disposal.OfAsync(_listener, _socket, Endpoint).ConfigureAwait(false);
        }

        await _accepting.ConfigureAwait(false);
    }

    private async Task ListenAsync()
    {
        RoomForPeers.Enter(_handshakes);
        try
        {
            await AcceptAsync().ConfigureAwait(false);
        }
        finally
        {
            RoomForPeers.Leave(_handshakes);
        }
    }

    /// <summary>Throws nothing, not for want of memory either: without it the endpoint would be deaf until it is closed.</summary>
    private async Task AcceptAsync()
    {
        var pause = AcceptPause;
        var hasMadeRoom = false;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var transport = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                await WelcomeAsync(transport).ConfigureAwait(false);
                pause = AcceptPause;
                hasMadeRoom = false;
            }
            catch (Exception e) when (_stop.IsCancellationRequested && e is (OperationCanceledException or ObjectDisposedException))
            {
                return;
            }
            catch (Exception e)
            {
                // Whoever comes next is to be accepted all the same.
                TellOfFailedAccept(e);

                // Once, until somebody was accepted or the pause is over: others may take each descriptor that is given back.
                hasMadeRoom = !hasMadeRoom && TryMakeRoom(e);
                if (hasMadeRoom) continue;
                await Pausing.WaitAsync(pause, _socket, Endpoint, _stop.Token).ConfigureAwait(false);

                // What is told anew each time may be told for ever: of a listener of the application's that has ended.
                if (e is not (ZmtpException or OutOfMemoryException) && pause < LongestAcceptPause) pause *= 2;
            }
        }
    }

    /// <summary>Whether a descriptor was what was missing, and one was given back: who comes next need not wait.</summary>
    private bool TryMakeRoom(Exception e)
    {
        try
        {
            return SocketFaults.IsWantOfDescriptors(e) && RoomForPeers.TryMake(_handshakes);
        }
        catch (Exception defect)
        {
            TellOfFailedAccept(defect);
            return false;
        }
    }

    private void TellOfFailedAccept(Exception e)
    {
        try
        {
            if (e is OutOfMemoryException) e = Scarcity.OfPeer(e);
            if (e is not ZmtpException error)
            {
                // Of a transport, perhaps the application's own.
                TellOfDefect(e);
                return;
            }

            _meter.CountFailure(error);
            _socket.Raise(SocketEventKind.AcceptFailed, Endpoint, error: error);
        }
        catch (OutOfMemoryException)
        {
            // There is none to tell of it either. The next accept that fails tells as much.
        }
    }

    private void TellOfDefect(Exception e) => _socket.TellOfDefect(Endpoint, e);

    private ValueTask WelcomeAsync(TransportConnection transport)
    {
        Arrival? arrival = null;
        Arrival? crowdedOut;
        CrowdByAddress<Arrival>.Place place;
        bool isQuiet;
        try
        {
            var remoteEndpoint = transport.RemoteEndpoint;
            _socket.Raise(SocketEventKind.Accepted, Endpoint, remoteEndpoint);
            arrival = new Arrival(transport, remoteEndpoint, _stopHandshakes.Token);

            // Nothing fails behind it, so that nobody makes room for one that does not stay.
            place = _handshakes.Enter(arrival, out crowdedOut, out isQuiet);
            Interlocked.Increment(ref _arrivals);
        }
        catch (Exception e)
        {
            // Nobody else knows of it yet.
            arrival?.Dispose();
            return SendAwayAsync(transport, ExceptionDispatchInfo.Capture(e));
        }

        try
        {
            crowdedOut?.Drop(_socket, Endpoint);
        }
        finally
        {
            // The newest has its place, whatever an application's transport throws that is to be aborted.
            _ = StayAsync(place, isQuiet);
        }

        return ValueTask.CompletedTask;
    }

    private async ValueTask SendAwayAsync(TransportConnection transport, ExceptionDispatchInfo why)
    {
        await Disposal.OfAsync(transport, _socket, Endpoint).ConfigureAwait(false);
        why.Throw();
    }

    /// <summary>
    /// A peer's whole stay. Comes back with the greetings exchanged at most; what takes time or may block follows elsewhere, also where another thread
    /// is done with a part of it before this one looks.
    /// </summary>
    private async Task StayAsync(CrowdByAddress<Arrival>.Place place, bool isQuiet)
    {
        try
        {
            // A parameter lives as long as the method, which is the peer's whole stay.
            var begun = _meter.BeginHandshake();
            var arrival = ArriveAsync(place, isQuiet, begun);
            place = null!;
            var connection = await arrival.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            if (connection is not null) await ServeAsync(connection, begun).ConfigureAwait(false);
        }
        catch (Exception defect)
        {
            TellOfFailedAccept(defect);
        }
        finally
        {
            using (_gate.Hold())
            {
                if (Interlocked.Decrement(ref _arrivals) == 0 && _isClosing) _allGone.TrySetResult();
            }
        }
    }

    private async Task<ZmtpConnection?> ArriveAsync(CrowdByAddress<Arrival>.Place place, bool isQuiet, long begun)
    {
        var (transport, remoteEndpoint) = (place.Value.Transport, place.Value.RemoteEndpoint);
        ZmtpConnection? connection = null;
        try
        {
            var authenticator = _questions.Counting(_socket.Context.Authenticator, place);
            connection = await HandshakeDriver.RunAsync(
                transport, _connectionOptions, isConnecting: false, authenticator, place.Value.Stop, worksAhead: isQuiet)
                .ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
        catch (OperationCanceledException e)
        {
            // Crowded out while the authenticator was being asked, or told so by what was not asked to give up; or else the socket is closing.
            if (_handshakes.CrowdedOut(place.Value, e) is { } crowdedOut) _socket.Refuse(Endpoint, remoteEndpoint, crowdedOut, _meter, begun);
            else if (!place.Value.Stop.IsCancellationRequested) _socket.Refuse(Endpoint, remoteEndpoint, HandshakeDefect.Of(e), _meter, begun);
        }
        catch (ZmtpException e)
        {
            // One that was refused has its place until it has read why.
            _socket.Refuse(Endpoint, remoteEndpoint, CutShort.HasItsReason(e) ? e : _handshakes.CrowdedOut(place.Value, e) ?? e, _meter, begun);
        }
        catch (OutOfMemoryException e)
        {
            _socket.Refuse(Endpoint, remoteEndpoint, Scarcity.OfPeer(e), _meter, begun);
        }
        catch (Exception e)
        {
            // Of a transport or a mechanism of the application's: the peer must not disappear without a word.
            TellOfDefect(e);
            _socket.Refuse(Endpoint, remoteEndpoint, _handshakes.CrowdedOut(place.Value, e) ?? HandshakeDefect.Of(e), _meter, begun);
        }
        finally
        {
            _handshakes.Leave(place);
            place.Value.Dispose();
            if (connection is null) await Disposal.OfAsync(transport, _socket, Endpoint).ConfigureAwait(false);
        }

        // It may have been dropped since its last command left. From here on it cannot be.
        if (connection is null || _handshakes.CrowdedOut(place.Value) is not { } late) return connection;
        await Disposal.OfAsync(connection, _socket, Endpoint).ConfigureAwait(false);
        _socket.Refuse(Endpoint, remoteEndpoint, late, _meter, begun);
        return null;
    }

    private async Task ServeAsync(ZmtpConnection connection, long begun)
    {
        if (await OpenAsync(connection).ConfigureAwait(false) is not { } pipe) return;
        var service = Service.RunAsync(_socket, pipe, connection, Endpoint, _meter, begun);
        try
        {
            try
            {
                await NoteAsync(connection, service).ConfigureAwait(false);
            }
            finally
            {
                // Also where it could not be noted, and is ending: until then it has the pipe.
                await service.ConfigureAwait(false);
            }
        }
        finally
        {
            using (_gate.Hold()) _connections.Remove(connection);
            Remove(pipe);
        }
    }

    private async ValueTask NoteAsync(ZmtpConnection connection, Task service)
    {
        bool isClosing;
        try
        {
            using (_gate.Hold())
            {
                _connections.Add(connection, service);
                isClosing = _isClosing;
            }
        }
        catch
        {
            // For want of memory: whoever closes would not find it.
            connection.Abort();
            throw;
        }

        // Whoever closes has looked for connections before this one was there. It may have messages by now, with the system or on their way to it.
        if (isClosing) await Service.EndAsync(_socket, connection, service, _linger!).ConfigureAwait(false);
    }

    /// <summary>Makes the pipe of a peer that has shaken hands.</summary>
    /// <returns>Null: the endpoint has been given up, and the connection is disposed of. So it is where this throws: nobody else knows of it yet.</returns>
    private async ValueTask<Pipe?> OpenAsync(ZmtpConnection connection)
    {
        Pipe? pipe = null;
        var isOpen = false;
        try
        {
            pipe = new Pipe(_socket, Endpoint, outlivesConnection: false);
            using (_gate.Hold()) _pipes.Add(pipe);
            _socket.Endpoints.Add(pipe);

            // Told to stop since: whoever gives the endpoint up may have looked for its pipes before this one was there.
            if (_stopHandshakes.IsCancellationRequested) return null;
            _socket.OnPipeAdded(pipe);
            isOpen = true;
            return pipe;
        }
        finally
        {
            if (!isOpen)
            {
                if (pipe is not null) Remove(pipe);
                await Disposal.OfAsync(connection, _socket, Endpoint).ConfigureAwait(false);
            }
        }
    }

    private void Remove(Pipe pipe)
    {
        using (_gate.Hold()) _pipes.Remove(pipe);
        _socket.Endpoints.Remove(pipe);
    }
}
