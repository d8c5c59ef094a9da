using Xunit;
using Zmtp.Security;
using Zmtp.Testing.Searching;

namespace Zmtp.Mechanisms.Tests;

/// <summary>What all mechanisms' settings do alike.</summary>
public sealed class SecurityContractTests
{
    [Fact]
    public void AsksNobody_DomainIsNull_IsAnErrorUnderEachMechanism()
    {
        using var keys = Searched.NewKeyPair();
        foreach (var security in (ZmtpSecurity[])
                 [
                     NullSecurity.Instance, PlainSecurity.Server(), CurveSecurity.Server(keys), CurveSecurity.Server(keys, CurveClients.AllowAny),
                     CurveSecurity.Client(keys, keys.PublicKey),
                 ])
        {
            Assert.Throws<ArgumentNullException>(() => security.AsksNobody(null!));
        }
    }
}
