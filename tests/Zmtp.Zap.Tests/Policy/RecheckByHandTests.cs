using Microsoft.Extensions.Logging;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>Everybody is asked about by hand; who is being let in meanwhile is asked about once more, alone.</summary>
public sealed class RecheckByHandTests : IDisposable
{
    private readonly Authenticator _authenticator = new();

    public void Dispose() => _authenticator.Dispose();

    /// <summary>A store that was disposed of, as this one's was meanwhile, is no failure to tell anybody then.</summary>
    [Fact]
    public async Task RECHECK_GivenUp_AsksNobodyAnyMoreAndKeepsThem()
    {
        var logger = new ListLogger();
        using var directory = new TemporaryDirectory();
        directory.Write("one", Keys.File(Keys.Number(1)));
        using var store = CertificateStore.Open(directory.FullPath);
        using var authenticator = new Authenticator(logger);
        authenticator.ConfigureCurve("*", store);
        using var stay = await Stay.BeginAsync(authenticator, Frames.Curve(Keys.Number(1).AsSpan()));

        // The pass that ConfigureCurve wants asks the store, too.
        await authenticator.SettledAsync().WithinAsync();
        store.Dispose();
        var givenUp = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => authenticator.RecheckAsync(givenUp).WithinAsync());
        Assert.False(stay.IsRevoked);
        Assert.DoesNotContain(logger.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    /// <summary>However often that is: to decide anew each time would keep everybody out.</summary>
    [Fact]
    public async Task RECHECK_ByHandDuringEachDecision_PeerIsLetIn()
    {
        var decisions = 0;
        _authenticator.ConfigurePolicy("*", async (request, stop) =>
        {
            if (!request.IsRecheck && ++decisions > 5) return AuthenticationResult.Denied("This goes on for ever.");
            if (!request.IsRecheck) await _authenticator.RecheckAsync(stop);
            return AuthenticationResult.Success("joe");
        });
        using var stay = await Stay.BeginAsync(_authenticator, Frames.Null());
        Assert.Equal("joe", stay.Result.UserId);
        Assert.Equal((1, 1), (decisions, _authenticator.PeerCount));
    }

    [Theory]
    [InlineData(300)]
    [InlineData(400)]
    [InlineData(500)]
    [InlineData(0)]
    public async Task RECHECK_ByHandMeanwhileAndThePolicyNoLongerSaysYes_PeerIsRefused(int status)
    {
        _authenticator.ConfigurePolicy("*", async (request, stop) =>
        {
            if (request.IsRecheck)
            {
                return status switch
                {
                    300 => AuthenticationResult.TemporaryError("later"),
                    400 => AuthenticationResult.Denied("closed"),
                    500 => AuthenticationResult.InternalError("broken"),
                    _ => throw new IOException("no answer"),
                };
            }

            await _authenticator.RecheckAsync(stop);
            return AuthenticationResult.Success("joe");
        });
        var result = await _authenticator.AuthenticateAsync(Frames.Null(), TestTimeout.Token).WithinAsync();
        Assert.Equal(status == 0 ? 500 : status, (int)result.Status);
        Assert.Null(result.Admission);
        Assert.Equal(0, _authenticator.PeerCount);
    }

    [Fact]
    public async Task RECHECK_ByHandMeanwhileAndTheCallerGivesUp_LeavesNobodyBehind()
    {
        using var giveUp = new CancellationTokenSource();
        _authenticator.ConfigurePolicy("*", async (request, stop) =>
        {
            if (request.IsRecheck) await giveUp.CancelAsync();
            else await _authenticator.RecheckAsync(stop);
            return AuthenticationResult.Success("joe");
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _authenticator.AuthenticateAsync(Frames.Null(), giveUp.Token).AsTask().WithinAsync());
        Assert.Equal(0, _authenticator.PeerCount);
    }
}
