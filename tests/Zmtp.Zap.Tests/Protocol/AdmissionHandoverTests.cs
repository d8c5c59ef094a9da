using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>
/// Frames cannot carry an admission: within one process it goes beside them, and it is never left lying, whatever becomes of the reply.
/// </summary>
public sealed class AdmissionHandoverTests
{
    [Fact]
    public async Task ADMISSION_HandlerOfTheSameProcess_ReachesTheClient()
    {
        var admission = new Admission();
        var client = ClientOf(admission, (_, reply) => reply);
        var result = await client.AuthenticateAsync(Frames.Null(), TestTimeout.Token).WithinAsync();
        Assert.Same(admission, result.Admission);
        Assert.Equal("joe", result.UserId);
        Assert.False(admission.IsOver);
    }

    [Fact]
    public async Task ADMISSION_ReplyThatIsMalformedOrNo200_IsOver()
    {
        foreach (var (frame, text) in new[] { (0, "2.0"), (1, "another id"), (2, "400"), (2, "299"), (4, new string('x', 256)) })
        {
            var admission = new Admission();
            var client = ClientOf(admission, (_, reply) =>
            {
                ReadOnlyMemory<byte>[] spoilt = [.. reply];
                spoilt[frame] = Frames.Octets(text);
                return spoilt;
            });
            try
            {
                var result = await client.AuthenticateAsync(Frames.Null(), TestTimeout.Token).WithinAsync();
                Assert.Null(result.Admission);
            }
            catch (ZmtpProtocolException)
            {
                // So it should be for most of them.
            }

            Assert.True(admission.IsOver, $"frame {frame}: {text}");
        }
    }

    [Fact]
    public async Task ADMISSION_ClientThatHasGivenUp_IsOver()
    {
        var admission = new Admission();
        var verdict = new TaskCompletionSource<AuthenticationResult>();
        using var giveUp = new CancellationTokenSource();
        ZapClient client = null!;
        var handled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client = new ZapClient(new DelegateChannel(async (request, _) =>
        {
            var handler = new ZapHandler(
                new DelegateAuthenticator((_, _) => new(verdict.Task)), null, (id, given) => client.TryLeave(id, given));
            var reply = await handler.HandleAsync(request, CancellationToken.None);
            handled.SetResult();
            return reply!;
        }));
        var answer = client.AuthenticateAsync(Frames.Null(), giveUp.Token).AsTask();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.WithinAsync());
        Assert.False(admission.IsOver);
        verdict.SetResult(AuthenticationResult.Success("joe", admission: admission));
        await handled.Task.WithinAsync();
        Assert.True(admission.IsOver);
    }

    /// <summary>All clients count their questions from one: a number alone says nothing about whose it is, and two of them wait here.</summary>
    [Fact]
    public void ADMISSION_ForAQuestionOfAnotherClientThatHasTheSameNumber_IsNotTaken()
    {
        var (desk, another) = (new AdmissionDesk(), new AdmissionDesk());
        var (ours, theirs) = (desk.Open(), another.Open());
        using var admission = new Admission();
        Assert.False(desk.TryLeave(theirs, admission));
        Assert.Equal(ZapAsker.Elsewhere, desk.Watch(theirs, static () => Assert.Fail("It is not ours.")));
        desk.Unwatch(theirs);
        Assert.Equal(ZapAsker.Waits, desk.Watch(ours, static () => { }));
        Assert.Null(desk.Close(ours));
        Assert.True(another.TryLeave(theirs, admission));
    }

    /// <summary>A handler may answer twice. The first admission may be that of a peer who is let in by now: it must not be lost.</summary>
    [Fact]
    public void ADMISSION_SecondForTheSameQuestion_IsNotTaken()
    {
        var desk = new AdmissionDesk();
        var question = desk.Open();
        using var first = new Admission();
        using var second = new Admission();
        Assert.True(desk.TryLeave(question, first));
        Assert.False(desk.TryLeave(question, second));
        Assert.Same(first, desk.Close(question));
        Assert.False(desk.TryLeave(question, second));
    }

    [Fact]
    public async Task ADMISSION_HandlerElsewhereOrRequestOfAnotherClient_IsOverAtOnce()
    {
        var other = new ZapClient(new DelegateChannel((_, _) => throw new InvalidOperationException()));
        foreach (var leave in new Func<ReadOnlyMemory<byte>, Admission, bool>?[] { null, (id, given) => other.TryLeave(id, given) })
        {
            var admission = new Admission();
            var handler = new ZapHandler(Giving(admission), null, leave);
            var client = new ZapClient(new DelegateChannel(async (request, stop) => (await handler.HandleAsync(request, stop))!));
            var result = await client.AuthenticateAsync(Frames.Null(), TestTimeout.Token).WithinAsync();
            Assert.Equal(AuthenticationStatus.Success, result.Status);
            Assert.Null(result.Admission);
            Assert.True(admission.IsOver);
        }
    }

    [Fact]
    public async Task ADMISSION_ThatCannotBeHandedOver_IsOverWithThe500()
    {
        var admission = new Admission();
        var handler = new ZapHandler(Giving(admission), null, (_, _) => throw new FormatException("no desk"));
        var reply = await handler.HandleAsync(ZapRequest.Encode(default, Frames.Null()), TestTimeout.Token).WithinAsync();
        Assert.Equal("500", Frames.Text(reply!)[2]);
        Assert.True(admission.IsOver);
    }

    private static DelegateAuthenticator Giving(Admission admission) =>
        new((_, _) => new(AuthenticationResult.Success("joe", admission: admission)));

    private static ZapClient ClientOf(
        Admission admission,
        Func<IReadOnlyList<ReadOnlyMemory<byte>>, IReadOnlyList<ReadOnlyMemory<byte>>, IReadOnlyList<ReadOnlyMemory<byte>>> spoil)
    {
        ZapClient client = null!;
        client = new ZapClient(new DelegateChannel(async (request, stop) =>
        {
            var handler = new ZapHandler(Giving(admission), null, (id, given) => client.TryLeave(id, given));
            return spoil(request, (await handler.HandleAsync(request, stop))!);
        }));
        return client;
    }
}
