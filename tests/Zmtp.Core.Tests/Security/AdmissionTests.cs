using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Security;

public sealed class AdmissionTests
{
    [Fact]
    public void ADMISSION_Disposed_TellsOnceAndCanNoLongerBeRevoked()
    {
        var ended = 0;
        var admission = new Admission(() => ended++);
        admission.OnRevoked(_ => Assert.Fail("The peer has left."));
        admission.Dispose();
        admission.Dispose();

        Assert.Equal(1, ended);
        Assert.True(admission.IsOver);
        Assert.False(admission.Revoke("too late"));
        Assert.Null(admission.RevocationReason);
        admission.OnRevoked(_ => Assert.Fail("The peer has left."));
    }

    [Fact]
    public void ADMISSION_Revoked_TellsWhoServesThePeerAndStillCountsIt()
    {
        var ended = 0;
        var heard = new List<string>();
        var admission = new Admission(() => ended++);
        admission.OnRevoked(reason => heard.Add("first " + reason));
        admission.OnRevoked(reason => heard.Add("second " + reason));

        Assert.True(admission.Revoke("gone"));
        Assert.False(admission.Revoke("again"));

        Assert.Equal(["second gone"], heard);
        Assert.Equal("gone", admission.RevocationReason);
        Assert.Equal(0, ended);
        Assert.False(admission.IsOver);
        admission.Dispose();
        Assert.Equal(1, ended);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ADMISSION_WhoServesThePeerThrows_IsToldAgainWithTheFirstReason(bool servesAlready)
    {
        var heard = new List<string>();
        var admission = new Admission();
        if (servesAlready) admission.OnRevoked(ThrowOnce);
        Assert.Throws<InvalidOperationException>(() =>
        {
            admission.Revoke("gone");
            if (!servesAlready) admission.OnRevoked(ThrowOnce);
        });
        Assert.Equal("gone", admission.RevocationReason);

        Assert.True(admission.Revoke("again"));
        Assert.False(admission.Revoke("once more"));

        Assert.Equal(["gone", "gone"], heard);
        Assert.Equal("gone", admission.RevocationReason);

        void ThrowOnce(string reason)
        {
            heard.Add(reason);
            if (heard.Count == 1) throw new InvalidOperationException("It will not end.");
        }
    }

    [Fact]
    public void ADMISSION_RevokedBeforeAnybodyServesThePeer_TellsAtOnce()
    {
        var heard = new List<string>();
        var admission = new Admission();
        admission.Revoke("gone");
        admission.OnRevoked(heard.Add);
        admission.OnRevoked(heard.Add);
        Assert.Equal(["gone", "gone"], heard);
    }

    [Fact]
    public async Task ADMISSION_DisposedOnAThreadThatIsInterrupted_EndsAndTheNextWaitIsInterrupted()
    {
        var ended = 0;
        var admission = new Admission(() => ended++);
        await Interrupted.RunAsync(
            body =>
            {
                lock (Gate(admission)) body();
            },
            admission.Dispose);
        Assert.Equal(1, ended);
    }

    [Fact]
    public async Task ADMISSION_RevokedAndDisposedAtOnce_EndsOnceAndTellsAtMostOnce()
    {
        for (var i = 0; i < 500; i++)
        {
            var ended = 0;
            var heard = 0;
            var admission = new Admission(() => Interlocked.Increment(ref ended));
            admission.OnRevoked(_ => Interlocked.Increment(ref heard));
            var revoking = Task.Run(() => admission.Revoke("gone"));
            admission.Dispose();
            var isRevoked = await revoking.WithinAsync();
            Assert.Equal(1, ended);
            Assert.True(heard <= 1 && (isRevoked || heard == 0));
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_gate")]
    private static extern ref Lock Gate(Admission admission);
}
