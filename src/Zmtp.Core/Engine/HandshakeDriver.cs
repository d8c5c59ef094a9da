using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Zmtp.Security;
using Zmtp.Text;
using Zmtp.Threading;
using Zmtp.Transports;
using Zmtp.Transports.Polling;
using Zmtp.Wire;

namespace Zmtp.Engine;

/// <summary>
/// Runs a <see cref="HandshakeMachine"/> over a transport: reads, writes, asks the authenticator, keeps the handshake time. Bounded
/// in memory and time whatever the peer sends, and until it succeeds nothing outside knows of the peer.
/// </summary>
internal static class HandshakeDriver
{
    /// <summary>How long a refused peer gets to read its ERROR before the connection is closed.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>Octets that a refused peer may still send meanwhile: more than a handshake has. One that sends on reads no ERROR.</summary>
    private const int MaxUnwanted = 256 * 1024;

    /// <summary>Octets that hold the greeting, and then each command of every mechanism, while metadata are short.</summary>
    private const int OutputSize = 512;

    /// <summary>Completes when messages may flow.</summary>
    /// <param name="transport">The connection; stays the caller's, to dispose also when this throws.</param>
    /// <param name="options">The socket's settings.</param>
    /// <param name="isConnecting">Whether we made the connection.</param>
    /// <param name="authenticator">Is asked about the peer; null refuses every peer that has to be asked about.</param>
    /// <param name="cancellationToken">The socket is closing.</param>
    /// <param name="worksAhead">
    /// Whether the mechanism computes ahead while the peer is at work: for few handshakes at a time, when a processor has nothing else to
    /// do. With many it would be paid for peers that begin handshakes and do not finish them, and on the thread that accepts.
    /// </param>
    /// <param name="attempts">What is known of the attempts before this one, of which it is the next; null where there are none.</param>
    /// <exception cref="ZmtpException">The first cause of the failure.</exception>
    public static async Task<ZmtpConnection> RunAsync(
        TransportConnection transport,
        ConnectionOptions options,
        bool isConnecting,
        IAuthenticator? authenticator,
        CancellationToken cancellationToken,
        bool worksAhead = true,
        HandshakeAttempts? attempts = null)
    {
        using var machine = new HandshakeMachine(options, isConnecting, transport.PeerAddress, worksAhead);
        using var stop = new TimeLimit(options.HandshakeTimeout, options);
        using var closing = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), stop);
        var output = new ArrayBufferWriter<byte>(OutputSize);
        try
        {
            // Frees the accepting or connecting thread: even if the handshake is over by now, or failed at once, what follows runs on the
            // pool. While it is under way that costs nothing. Every caller up the chain does the same.
            var holdsBack = attempts?.Begin(machine) ?? false;
            await ShakeHandsAsync(machine, output, transport, options, authenticator, isConnecting, holdsBack, stop.Token).GoOnElsewhere();
        }
        catch (Exception) when (machine.RevocationReason is not null && !cancellationToken.IsCancellationRequested)
        {
            throw Revoked(machine, transport);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw TooLate(machine, options.HandshakeTimeout);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException || SocketFaults.IsHangUp(e))
        {
            attempts?.OnHangUp();
            throw Closed(machine, options.Security, e);
        }
        finally
        {
            attempts?.End();

            // Clear zeroes: what could not be sent, or is not any more, may be a HELLO of PLAIN.
            output.Clear();
        }

        if (machine.State == HandshakeState.Failed)
        {
            await EndInGoodOrderAsync(transport, options, cancellationToken).ConfigureAwait(false);
            throw machine.Mechanism.Failure ?? new ZmtpException("The handshake failed.", FaultOrigin.Peer, mayRetry: true);
        }

        if (machine.RevocationReason is not null) throw Revoked(machine, transport);
        return new ZmtpConnection(transport, machine, options, isConnecting);
    }

    private static async Task ShakeHandsAsync(
        HandshakeMachine machine,
        ArrayBufferWriter<byte> output,
        TransportConnection transport,
        ConnectionOptions options,
        IAuthenticator? authenticator,
        bool isConnecting,
        bool holdsBack,
        CancellationToken stop)
    {
        machine.Start(output);
        if (holdsBack) await HeldGreeting.ExchangeAsync(machine, output, transport, options, stop).ConfigureAwait(false);
        else await FlushAsync(output, transport, stop).ConfigureAwait(false);

        // Until the first real wait this may be the thread that accepts or connects. Yield here, not in a callee: its task may be complete
        // when it is awaited, and this thread would go on.
        var holdsCaller = true;
        if (!isConnecting && transport.Input.TryRead(out var greeting))
        {
            // The connecting end sends its greeting as soon as it is connected. Only a good one is dealt with on the thread that accepts.
            if (TakesTime(greeting, options))
            {
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                holdsCaller = false;
            }

            Take(greeting, machine, transport, output);
        }

        while (machine.State is not (HandshakeState.Ready or HandshakeState.Failed))
        {
            if (output.WrittenCount > 0) await FlushAsync(output, transport, stop).ConfigureAwait(false);
            if (machine.State == HandshakeState.Authenticating)
            {
                // A mechanism of the application's may ask as soon as it has the greeting; one of ours has taken time by then.
                if (holdsCaller) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                holdsCaller = false;
                var verdict = await AskAsync(machine, authenticator, stop).ConfigureAwait(false);
                machine.Authenticate(verdict, output);
                verdict.Admission?.OnRevoked(_ => transport.AbortGuarded(options.OnDefect));
            }
            else
            {
                // Before the wait begins: from then on the answer may be dealt with on another thread.
                machine.WorkAhead();
                var read = ReadAsync(machine, transport, options, stop);
                var result = holdsCaller
                    ? await read.AsTask().ConfigureAwait(ConfigureAwaitOptions.ForceYielding)
                    : await read.ConfigureAwait(false);
                holdsCaller = false;
                Take(result, machine, transport, output);
            }
        }

        if (output.WrittenCount > 0) await FlushAsync(output, transport, stop).ConfigureAwait(false);
    }

    private static ValueTask<ReadResult> ReadAsync(
        HandshakeMachine machine, TransportConnection transport, ConnectionOptions options, CancellationToken stop)
    {
        var left = machine.TimeLeft;
        var isBounded = left >= TimeSpan.Zero && left < options.HandshakeTimeout;
        return isBounded ? ReadWithinAsync(left, transport, options, stop) : transport.Input.ReadAsync(stop);
    }

    /// <summary>The mechanism keeps what it needs for the peer's next command for less than a handshake may take.</summary>
    private static async ValueTask<ReadResult> ReadWithinAsync(
        TimeSpan left, TransportConnection transport, ConnectionOptions options, CancellationToken stop)
    {
        using var over = new TimeLimit(left, options);
        using var stopped = stop.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), over);
        try
        {
            return await transport.Input.ReadAsync(over.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            throw new ZmtpProtocolException(
                ProtocolError.HandshakeTimeout,
                $"The peer did not go on with its handshake within the time that {options.Security.MechanismName} allows for it, which is less than the " +
                "HandshakeTimeout here. Check what holds the other end up.");
        }
    }

    /// <summary>
    /// Whether more is to be done about octets than to read a greeting: commands, what a client under CURVE computes when it has the greeting, the
    /// authenticator that NULL with a domain asks then.
    /// </summary>
    private static bool TakesTime(ReadResult result, ConnectionOptions options) =>
        result.Buffer.Length > Greeting.Length || options.Security is { HasRoles: true, IsServer: false } || options.Domain.Length > 0;

    private static void Take(ReadResult result, HandshakeMachine machine, TransportConnection transport, ArrayBufferWriter<byte> output)
    {
        var buffer = result.Buffer;
        var used = 0;
        var mayGoOn = false;
        byte[] joined = [];
        try
        {
            if (!buffer.IsSingleSegment) joined = buffer.ToArray();
            used = machine.Receive(buffer.IsSingleSegment ? buffer.FirstSpan : joined, output);
            mayGoOn = !(result.IsCompleted && WantsMore(machine));
        }
        finally
        {
            // What was refused as a whole may have been a password with an octet too many, and where nothing follows, one that is cut off.
            Erase(mayGoOn ? buffer.Slice(0, used) : buffer);
            CryptographicOperations.ZeroMemory(joined);

            // While a verdict is awaited, or once messages may flow, the rest has not been looked at.
            transport.Input.AdvanceTo(buffer.GetPosition(used), WantsMore(machine) ? buffer.End : buffer.GetPosition(used));
        }

        if (!mayGoOn)
        {
            throw new IOException("The peer closed the connection.");
        }
    }

    private static bool WantsMore(HandshakeMachine machine) => machine.State is HandshakeState.Greeting or HandshakeState.Handshaking;

    /// <summary>Receive buffers go back to a shared pool, and what a handshake brings may be a password.</summary>
    private static void Erase(ReadOnlySequence<byte> octets)
    {
        foreach (var segment in octets) MemoryMarshal.AsMemory(segment).Span.Clear();
    }

    private static async ValueTask<AuthenticationResult> AskAsync(
        HandshakeMachine machine, IAuthenticator? authenticator, CancellationToken stop)
    {
        var request = machine.Mechanism.AuthenticationRequest;
        if (authenticator is null)
        {
            return AuthenticationResult.TemporaryError(
                $"No authenticator is running, so every {request.Mechanism} peer is refused. Give the context one with Use, " +
                "or bind a ZAP handler to inproc://zeromq.zap.01.");
        }

        try
        {
            // It may block: it is the application's.
            await PollerThread.LeaveAsync();

            // An authenticator that does not watch its token must not hold the handshake beyond its time.
            var answer = authenticator.AuthenticateAsync(request, stop).AsTask();
            try
            {
                return await answer.WaitAsync(stop).ConfigureAwait(false)
                    ?? throw new InvalidOperationException("It returned null instead of a verdict.");
            }
            catch (OperationCanceledException)
            {
                EndWhenItComes(answer, machine.TakeMechanism());
                throw;
            }
        }
        catch (Exception e) when (e is not ZmtpException && !(e is OperationCanceledException && stop.IsCancellationRequested))
        {
            throw new ZmtpException(
                $"The authenticator failed on a {request.Mechanism} peer, which is therefore refused: {e.Message}",
                FaultOrigin.Local,
                mayRetry: true,
                e);
        }
    }

    /// <summary>
    /// Nobody waits for this verdict any more: a peer that it lets in is not there. But until it comes the authenticator reads the
    /// credentials, which the mechanism zeroes when it is disposed of.
    /// </summary>
    private static void EndWhenItComes(Task<AuthenticationResult> answer, Mechanism mechanism) => _ = answer.ContinueWith(
        static (late, asking) =>
        {
            ((Mechanism)asking!).Dispose();

            // So that the runtime does not report the exception as unobserved.
            late.MarkSeen();
            if (late.IsCompletedSuccessfully) late.Result?.Admission?.Dispose();
        },
        mechanism,
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    private static async ValueTask FlushAsync(ArrayBufferWriter<byte> output, TransportConnection transport, CancellationToken stop)
    {
        await transport.Output.WriteAsync(output.WrittenMemory, stop).ConfigureAwait(false);
        output.Clear();
    }

    /// <summary>Half-closes and waits for the peer to go, so that no reset overtakes the ERROR it was sent.</summary>
    private static async Task EndInGoodOrderAsync(TransportConnection transport, ConnectionOptions options, CancellationToken cancellationToken)
    {
        transport.CompleteOutputGuarded(options.OnDefect);
        using var grace = new TimeLimit(Grace, options);
        using var closing = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), grace);
        try
        {
            await Unwanted.ReadOffAsync(transport.Input, MaxUnwanted, grace.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The grace is over, the socket closes, the peer has left, or the transport says so in words of its own: there is nobody to be polite to,
            // and the caller is about to say why the handshake failed.
        }
    }

    private static ZmtpProtocolException TooLate(HandshakeMachine machine, TimeSpan limit)
    {
        var isOurs = machine.State == HandshakeState.Authenticating;
        var hint = machine.WhyPeerIsSilent;
        if (hint.Length == 0) hint = "Check that a ZeroMQ socket with the same security settings is at the other end.";
        var who = isOurs
            ? $"The authenticator did not decide about this peer within the handshake time of {limit.TotalSeconds:0.###} s. " +
              "Check that its stores and policies answer, and in time; where they need longer, raise HandshakeTimeout."
            : $"The peer did not finish its handshake within {limit.TotalSeconds:0.###} s. {hint}";
        return new ZmtpProtocolException(ProtocolError.HandshakeTimeout, isOurs ? FaultOrigin.Local : FaultOrigin.Peer, who);
    }

    private static ZmtpRevokedException Revoked(HandshakeMachine machine, TransportConnection transport)
    {
        var reason = machine.RevocationReason!;
        var userId = machine.UserId;
        return new ZmtpRevokedException(
            userId,
            reason,
            $"The peer at {transport.RemoteEndpoint}{(userId.Length == 0 ? "" : $", user id {OneLine.Of(userId)},")} was let in and sent away before " +
            $"its handshake was complete: {OneLine.Of(reason)}");
    }

    private static ZmtpProtocolException Closed(HandshakeMachine machine, ZmtpSecurity security, Exception cause)
    {
        if (machine.IsMidGreeting)
        {
            return new ZmtpProtocolException(
                ProtocolError.ClosedDuringHandshake,
                "The peer closed the connection in the middle of its greeting, as libzmq does where its mechanism is not ours, " +
                $"{security.MechanismName}. Check the security settings of both ends, and the peer's log.",
                innerException: cause);
        }

        if (machine.State == HandshakeState.Greeting)
        {
            return new ZmtpProtocolException(
                ProtocolError.ClosedDuringHandshake,
                "The peer closed the connection before its greeting was complete. Check that a ZeroMQ socket of version 4 or later is at " +
                $"the other end, and that its mechanism is ours, {security.MechanismName}; a port scan, a health check or a server with no room for " +
                "more handshakes does the same.",
                innerException: cause);
        }

        var hint = machine.Mechanism.WhenPeerHangsUp;
        if (hint.Length == 0) hint = "Check the security settings of both ends, and the peer's log.";
        return new ZmtpProtocolException(
            ProtocolError.ClosedDuringHandshake,
            $"The peer closed the connection during the {security.MechanismName} handshake without giving a reason. {hint}",
            innerException: cause);
    }
}
