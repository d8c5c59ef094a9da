using System.Text;
using Zmtp.Testing;

namespace Zmtp.Interop.Tests.LibZmq;

/// <summary>
/// A scripted ZAP handler for servers in a libzmq context: a REP at inproc://zeromq.zap.01 on a thread of its own. The script sees the
/// frames after the delimiter and returns those of the reply.
/// </summary>
internal sealed class LibZmqZapHandler : IDisposable
{
    private readonly LibZmqSocket _socket;
    private readonly Func<LibZmqMessage, string[]> _script;
    private readonly Task _running;
    private readonly List<LibZmqMessage> _requests = [];
    private volatile bool _stop;

    public LibZmqZapHandler(LibZmqContext context, Func<LibZmqMessage, string[]> script)
    {
        _script = script;
        _socket = context.Socket(LibZmqSocketType.Rep);
        _socket.Set(LibZmqOption.ReceiveTimeout, 50);
        _socket.Bind("inproc://zeromq.zap.01");
        _running = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>The requests so far.</summary>
    public IReadOnlyList<LibZmqMessage> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>A handler that gives every request the same answer.</summary>
    public static LibZmqZapHandler Answering(LibZmqContext context, string status, string userId = "") =>
        new(context, request => Reply(request, status, userId));

    /// <summary>The frames of a well-formed reply.</summary>
    public static string[] Reply(LibZmqMessage request, string status, string userId = "") =>
        ["1.0", Encoding.UTF8.GetString(request.Frames[1]), status, "", userId, ""];

    public void Dispose()
    {
        _stop = true;
        _running.WithinAsync().GetAwaiter().GetResult();
        _socket.Dispose();
    }

    private void Run()
    {
        while (!_stop)
        {
            try
            {
                var request = _socket.Receive();
                lock (_requests)
                {
                    _requests.Add(request);
                }

                _socket.Send(_script(request));
            }
            catch (LibZmqException e) when (e.IsTimeout)
            {
                // Nothing asked: look whether to stop.
            }
        }
    }
}
