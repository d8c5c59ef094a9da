using Xunit;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Mechanisms.Tests;

internal static class Expect
{
    /// <summary>The call is answered by closing, for this reason, which a sentence explains.</summary>
    public static ZmtpProtocolException Refusal(ProtocolError error, Action call)
    {
        var exception = Assert.Throws<ZmtpProtocolException>(call);
        Assert.Equal(error, exception.Error);
        Assert.Equal(FaultOrigin.Peer, exception.Origin);
        Assert.EndsWith(".", exception.Message, StringComparison.Ordinal);
        return exception;
    }

    /// <summary>The machine does not accept the body: it throws, fails, or answers ERROR and then fails.</summary>
    public static void NotAccepted(Mechanism mechanism, byte[] body, string because)
    {
        try
        {
            mechanism.ReadCommand(body);
        }
        catch (ZmtpProtocolException)
        {
            Assert.NotEqual(MechanismStatus.Ready, mechanism.Status);
            return;
        }

        if (mechanism.Status == MechanismStatus.Sending)
        {
            var answer = mechanism.Write();
            Assert.True(answer.AsSpan().StartsWith("\u0005ERROR"u8), $"{because}: answered by {Convert.ToHexString(answer)}");
        }

        Assert.True(mechanism.Status == MechanismStatus.Failed, $"{because}: the status is {mechanism.Status}");
    }
}
