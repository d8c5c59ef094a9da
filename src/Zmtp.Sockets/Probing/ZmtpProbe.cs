using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Zmtp.Engine;
using Zmtp.Sockets.Probing;
using Zmtp.Transports;
using Zmtp.Wire;

namespace Zmtp.Sockets;

/// <summary>
/// Makes one connection, as a socket would, and tells what happened step by step: for health checks, and to find out why two ends do not
/// talk. Needs no context; safe on any thread. Where the peer hangs up before its greeting was whole, it connects once more, to read what can be
/// read of it; that takes at most a second.
/// </summary>
/// <remarks>
/// For the peer the probe is a peer like any other, for a moment. PUSH and DEALER peers may choose it as the receiver of a message, which
/// is then lost; a PAIR peer takes no other meanwhile.
/// </remarks>
public static class ZmtpProbe
{
    /// <summary>Connects, shakes hands and hangs up.</summary>
    /// <param name="endpoint">Where to: tcp or ipc.</param>
    /// <param name="type">The socket type to announce.</param>
    /// <param name="options">
    /// Security and the other settings; <see cref="SocketOptions.HandshakeTimeout"/> and the transport's ConnectTimeout bound the time. Null
    /// for the defaults. A server's role in the mechanism is possible, and lets nobody in that has to be asked about.
    /// </param>
    /// <param name="progress">
    /// Hears of each step as it ends, one after the other, on the thread that made it; null for silence. It must not throw. Not an
    /// <see cref="IProgress{T}"/>, because the usual one, <see cref="Progress{T}"/>, calls on the pool, where the steps lose their order and may come
    /// after the result.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What was found, also when the attempt failed.</returns>
    /// <exception cref="ArgumentException">The options break a rule.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public static Task<ProbeReport> RunAsync(
        string endpoint,
        SocketType type,
        SocketOptions? options = null,
        Action<ProbeStep>? progress = null,
        CancellationToken cancellationToken = default) =>
        RunAsync(endpoint, type, options, progress, NameLookup.Shared, cancellationToken);

    /// <summary>As the other one, with a name service: tests bring their own.</summary>
    internal static async Task<ProbeReport> RunAsync(
        string endpoint,
        SocketType type,
        SocketOptions? options,
        Action<ProbeStep>? progress,
        NameLookup names,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        options ??= SocketOptions.Default;
        SocketOptionsRules.Check(options);
        return await new Attempt(type, options, progress, names).RunAsync(endpoint, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The outcome that an error of a socket stands for, as far as the error alone tells.</summary>
    /// <param name="error">An error that <see cref="ZmtpSocket.WaitForPeerAsync"/> threw, or one of a <see cref="SocketEvent"/>.</param>
    public static ProbeOutcome Classify(ZmtpException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return ProbeJudge.Classify(error);
    }

    /// <summary>What each of several addresses gets of the time for all of them. That there is no limit is said by minus one millisecond.</summary>
    internal static TimeSpan? Part(TimeSpan? limit, int addresses) => limit == Timeout.InfiniteTimeSpan ? limit : limit / addresses;

    private sealed class Attempt(SocketType type, SocketOptions options, Action<ProbeStep>? progress, NameLookup names)
    {
        // A peer that speaks ZMTP sends the beginning of its greeting at once.
        private static readonly TimeSpan LongestSecondLook = TimeSpan.FromSeconds(1);

        private readonly List<ProbeStep> _steps = [];
        private ZmtpEndpoint? _connected;
        private bool _hasDescribedGreeting;
        private bool _isNameOpen;

        public async Task<ProbeReport> RunAsync(string text, CancellationToken stop)
        {
            if (ReadEndpoint(text, out var endpoint) is { } wrong) return Fail(ProbeStage.Endpoint, ProbeOutcome.BadEndpoint, wrong);
            try
            {
                var candidates = await ResolveAsync(endpoint!, stop).ConfigureAwait(false);
                var transport = await ConnectAsync(candidates, stop).ConfigureAwait(false);
                return await ShakeHandsAsync(new Recording(transport, OnGreeting), stop).ConfigureAwait(false);
            }
            catch (ZmtpEndpointException error)
            {
                var outcome = ProbeJudge.Classify(error);
                var stage = outcome == ProbeOutcome.NameNotFound || _isNameOpen ? ProbeStage.Name : ProbeStage.Connect;
                return Fail(stage, outcome, error.Message) with { Error = error };
            }
        }

        private string? ReadEndpoint(string text, out ZmtpEndpoint? endpoint)
        {
            if (!ZmtpEndpoint.TryParse(text, out endpoint, out var error)) return error;
            if (endpoint.Scheme is not ("tcp" or "ipc"))
            {
                return $"{endpoint} cannot be probed: only tcp and ipc lead out of this process.";
            }

            try
            {
                endpoint.ThrowIfCannotConnect();
            }
            catch (ArgumentException wrong)
            {
                return wrong.Message;
            }

            Report(ProbeStage.Endpoint, $"{endpoint} is an endpoint of {endpoint.Scheme}.");
            return null;
        }

        /// <summary>The endpoints to try: one for each address of a name.</summary>
        private async Task<IReadOnlyList<ZmtpEndpoint>> ResolveAsync(ZmtpEndpoint endpoint, CancellationToken stop)
        {
            IPAddress[] addresses;
            try
            {
                if (endpoint.Scheme != "tcp" || TcpAddresses.RemoteLiteral(endpoint.Host) is not null) return [endpoint];
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
                limit.CancelAfter(options.Transport.ConnectTimeout ?? Timeout.InfiniteTimeSpan);
                addresses = await TcpAddresses.OfNameAsync(names, endpoint.Host, limit.Token).ConfigureAwait(false);
                if (addresses.Length == 0) throw new SocketException((int)SocketError.NoData);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                _isNameOpen = true;
                throw SocketFaults.NameNotAnswered(endpoint, endpoint.Host);
            }
            catch (SocketException error)
            {
                throw SocketFaults.CannotConnect(endpoint, error);
            }

            Report(ProbeStage.Name, $"{endpoint.Host} is {string.Join(", ", addresses.Select(static address => TcpAddresses.ToText(address)))}.");
            var source = endpoint.Source is null ? "" : endpoint.Source + ";";
            return [.. addresses.Select(address => ZmtpEndpoint.Parse($"tcp://{source}{Host(address)}:{Port(endpoint)}"))];
        }

        private async Task<TransportConnection> ConnectAsync(IReadOnlyList<ZmtpEndpoint> candidates, CancellationToken stop)
        {
            var settings = options.Transport with { ConnectTimeout = Part(options.Transport.ConnectTimeout, candidates.Count) };
            for (var index = 0; ; index++)
            {
                var candidate = candidates[index];
                try
                {
                    var transport = await WayTo(candidate).ConnectAsync(candidate, settings, stop).ConfigureAwait(false);
                    _connected = candidate;
                    Report(ProbeStage.Connect, $"Connected to {transport.RemoteEndpoint}.");
                    return transport;
                }
                catch (ZmtpEndpointException error) when (index < candidates.Count - 1)
                {
                    Report(ProbeStage.Connect, $"{error.Message} The name has another address.", succeeded: false);
                }
            }
        }

        /// <summary>Takes the transport over.</summary>
        private async Task<ProbeReport> ShakeHandsAsync(Recording transport, CancellationToken stop)
        {
            ZmtpConnection? connection = null;
            var settings = SocketOptionsRules.ToConnectionOptions(type, options, TimeProvider.System);
            try
            {
                connection = await HandshakeDriver.RunAsync(transport, settings, isConnecting: true, authenticator: null, stop)
                    .ConfigureAwait(false);
                transport.CompleteOutput();
                return Succeed(connection.Peer, transport);
            }
            catch (ZmtpException error)
            {
                return await FailAsync(error, transport, stop).ConfigureAwait(false);
            }
            finally
            {
                if (connection is null) await transport.DisposeAsync().ConfigureAwait(false);
                else await connection.DisposeAsync().ConfigureAwait(false);
            }
        }

        private ProbeReport Succeed(ZmtpPeer peer, Recording transport)
        {
            _ = Greeting.TryRead(transport.First, out var greeting);
            var message = $"The {peer.Mechanism} handshake succeeded: the peer is a {SocketTypes.ToToken(peer.SocketType)} socket.";
            Report(ProbeStage.Handshake, message);
            return new ProbeReport
            {
                Outcome = ProbeOutcome.Success,
                Message = message,
                Steps = _steps,
                Greeting = greeting,
                Peer = peer,
                PeerSocketType = peer.SocketType,
            };
        }

        private async Task<ProbeReport> FailAsync(ZmtpException error, Recording transport, CancellationToken stop)
        {
            var greeting = ReadGreeting(transport.First);
            var outcome = ProbeJudge.Classify(error, options.Security, transport);
            var message = ProbeJudge.Explain(outcome, error, options.Security, transport);

            // Also where nothing came in at all: a reset takes with it what we had not read yet.
            var isCutShort = greeting is null && outcome == ProbeOutcome.ClosedDuringHandshake;

            // Hung up first, for peers that take one connection at a time.
            if (isCutShort) await transport.DisposeAsync().ConfigureAwait(false);
            if (isCutShort && await ReadGreetingAloneAsync(stop).ConfigureAwait(false) is { } whole &&
                !whole.MechanismIs(options.Security.MechanismName))
            {
                greeting = whole;
                outcome = ProbeOutcome.MechanismMismatch;
                message = $"We are configured for {options.Security.MechanismName}, the peer announces \"{whole.MechanismText}\". " +
                    "Check the security settings of both ends.";
            }

            if (greeting is { } known) DescribeOnce(known);
            var isOfGreeting = greeting is null || outcome is ProbeOutcome.MechanismMismatch or ProbeOutcome.RoleConflict;
            var stage = isOfGreeting ? ProbeStage.Greeting : ProbeStage.Handshake;
            return Fail(stage, outcome, message) with
            {
                Greeting = greeting,
                Error = error,
                PeerSocketType = (error as ZmtpProtocolException)?.PeerSocketType,
            };
        }

        /// <summary>
        /// Connects once more and reads the peer's greeting before it has seen our mechanism: libzmq hangs up as soon as it has read one that
        /// is not its own, before it has sent the end of its greeting.
        /// </summary>
        private async Task<Greeting?> ReadGreetingAloneAsync(CancellationToken stop)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(options.HandshakeTimeout < LongestSecondLook ? options.HandshakeTimeout : LongestSecondLook);
            try
            {
                var transport = await WayTo(_connected!).ConnectAsync(_connected!, options.Transport, limit.Token).ConfigureAwait(false);
                await using (transport.ConfigureAwait(false))
                {
                    var ours = new byte[Greeting.Length];
                    Greeting.Write(options.Security.MechanismName, options.Security.IsServer, ours);
                    await transport.Output.WriteAsync(ours.AsMemory(0, HeldGreeting.VersionedLength), limit.Token).ConfigureAwait(false);
                    var recording = new Recording(transport);
                    ReadResult result;
                    do
                    {
                        result = await recording.Input.ReadAsync(limit.Token).ConfigureAwait(false);
                        recording.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                    }
                    while (!result.IsCompleted && recording.Received < Greeting.Length);
                    return ReadGreeting(recording.First);
                }
            }
            catch (Exception error) when (error is ZmtpException or IOException ||
                (error is OperationCanceledException && !stop.IsCancellationRequested))
            {
                // There is nothing more to learn; what was found at first stands.
                return null;
            }
        }

        private void OnGreeting(ReadOnlySpan<byte> first)
        {
            if (ReadGreeting(first) is { } greeting) DescribeOnce(greeting);
        }

        private void DescribeOnce(Greeting greeting)
        {
            if (_hasDescribedGreeting) return;
            _hasDescribedGreeting = true;
            Report(
                ProbeStage.Greeting,
                $"The peer speaks ZMTP {greeting.Major}.{greeting.Minor}, mechanism {greeting.MechanismText}" +
                $"{(greeting.AsServer ? " as its server" : "")}.");
        }

        private ProbeReport Fail(ProbeStage stage, ProbeOutcome outcome, string message)
        {
            Report(stage, message, succeeded: false);
            return new ProbeReport { Outcome = outcome, Message = message, Steps = _steps };
        }

        private void Report(ProbeStage stage, string text, bool succeeded = true)
        {
            var step = new ProbeStep(stage, succeeded, text);
            _steps.Add(step);
            progress?.Invoke(step);
        }

        private static Greeting? ReadGreeting(ReadOnlySpan<byte> first)
        {
            try
            {
                return Greeting.TryRead(first, out var greeting) ? greeting : null;
            }
            catch (ZmtpProtocolException)
            {
                // Not a greeting, or one of ZMTP 1.0 or 2.0: the handshake has said so.
                return null;
            }
        }

        private static ITransport WayTo(ZmtpEndpoint endpoint) => endpoint.Scheme == "tcp" ? TcpTransport.Instance : IpcTransport.Instance;

        private static string Host(IPAddress address) =>
            address.AddressFamily == AddressFamily.InterNetworkV6 && !address.IsIPv4MappedToIPv6
                ? $"[{TcpAddresses.ToText(address)}]"
                : TcpAddresses.ToText(address);

        private static string Port(ZmtpEndpoint endpoint) => endpoint.Port!.Value.ToString(CultureInfo.InvariantCulture);
    }
}
