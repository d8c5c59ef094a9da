using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Engine;

public class TimeLimitTests
{
    /// <summary>
    /// Whoever waits may look again, find that the time is over, and be done, before a thread of the pool is there to tell of it. That is up to the
    /// pool, so it is tried often.
    /// </summary>
    [Fact]
    public async Task TIMELIMIT_DisposedBeforeThePoolHasToldOfTheEnd_WhoListensIsToldAllTheSame()
    {
        var time = new FakeTimeProvider();
        var options = new ConnectionOptions
        {
            SocketType = SocketType.Pull,
            Security = NullSecurity.Instance,
            LocalMetadata = HandshakeContexts.Metadata(SocketType.Pull),
            Time = time,
        };
        for (var round = 0; round < 200; round++)
        {
            var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using (var limit = new TimeLimit(TimeSpan.FromSeconds(1), options))
            {
                limit.Token.UnsafeRegister(static told => ((TaskCompletionSource)told!).SetResult(), told);
                time.Advance(TimeSpan.FromSeconds(1));
            }

            await told.Task.WithinAsync();
        }
    }
}
