using System.Threading.Channels;
using Xunit.Sdk;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>The events of a socket, in order.</summary>
internal sealed class EventLog
{
    private readonly Channel<SocketEvent> _events = Channel.CreateUnbounded<SocketEvent>();

    public EventLog(ZmtpSocket socket) => socket.Event += (_, happened) =>
    {
        SecretJournal.Suite.Say($"{happened} {happened.Peer}");
        _events.Writer.TryWrite(happened);
    };

    /// <summary>Takes events out up to the next one of the kinds.</summary>
    public async Task<SocketEvent> NextAsync(params SocketEventKind[] kinds)
    {
        try
        {
            while (true)
            {
                var happened = await _events.Reader.ReadAsync(TestTimeout.Token);
                if (kinds.Contains(happened.Kind)) return happened;
            }
        }
        catch (OperationCanceledException)
        {
            throw new XunitException($"No event {string.Join(" or ", kinds)} within {TestTimeout.Default.TotalSeconds} s.");
        }
    }

    /// <summary>What has happened and was not taken yet.</summary>
    public IReadOnlyList<SocketEvent> Rest()
    {
        List<SocketEvent> rest = [];
        while (_events.Reader.TryRead(out var happened)) rest.Add(happened);
        return rest;
    }
}
