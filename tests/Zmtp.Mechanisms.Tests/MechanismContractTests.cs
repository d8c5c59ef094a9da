using Zmtp.Security;

namespace Zmtp.Mechanisms.Tests;

public sealed class NullConnectingContractTests : MechanismContract
{
    protected override string Name => "NULL";

    protected override bool IsServer => false;

    protected override bool HasRoles => false;

    protected override bool IsConnecting => true;

    protected override ZmtpSecurity Security() => NullSecurity.Instance;

    protected override ZmtpSecurity PeerSecurity() => NullSecurity.Instance;
}

public sealed class NullBoundContractTests : MechanismContract
{
    protected override string Name => "NULL";

    protected override bool IsServer => false;

    protected override bool HasRoles => false;

    protected override bool IsConnecting => false;

    protected override ZmtpSecurity Security() => NullSecurity.Instance;

    protected override ZmtpSecurity PeerSecurity() => NullSecurity.Instance;
}

public sealed class PlainClientContractTests : MechanismContract
{
    protected override string Name => "PLAIN";

    protected override bool IsServer => false;

    protected override bool IsConnecting => true;

    protected override ZmtpSecurity Security() => PlainSecurity.Client("admin", "secret");

    protected override ZmtpSecurity PeerSecurity() => PlainSecurity.Server();
}

public sealed class PlainServerContractTests : MechanismContract
{
    protected override string Name => "PLAIN";

    protected override bool IsServer => true;

    protected override bool IsConnecting => false;

    protected override ZmtpSecurity Security() => PlainSecurity.Server();

    protected override ZmtpSecurity PeerSecurity() => PlainSecurity.Client("admin", "secret");
}

public sealed class CurveClientContractTests : MechanismContract
{
    protected override string Name => "CURVE";

    protected override bool IsServer => false;

    protected override bool IsConnecting => true;

    protected override bool IsSealing => true;

    protected override ZmtpSecurity Security() => Transcript.ClientSecurity();

    protected override ZmtpSecurity PeerSecurity() => Transcript.ServerSecurity();
}

public sealed class CurveServerContractTests : MechanismContract
{
    protected override string Name => "CURVE";

    protected override bool IsServer => true;

    protected override bool IsConnecting => false;

    protected override bool IsSealing => true;

    protected override ZmtpSecurity Security() => Transcript.ServerSecurity();

    protected override ZmtpSecurity PeerSecurity() => Transcript.ClientSecurity();
}
