using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Testing.Curve;
using Zmtp.Testing.Searching;

namespace Zmtp.Mechanisms.Tests;

/// <summary>A server's key is replaced while it runs: who knows which key gets in when, and when the old one is gone from memory.</summary>
public sealed class CurveServerKeysTests : IDisposable
{
    private static readonly TimeSpan Overlap = TimeSpan.FromHours(1);

    private readonly FakeTimeProvider _time = new();
    private readonly CurveKeyPair _old = Searched.NewKeyPair();
    private readonly CurveKeyPair _new = Searched.NewKeyPair();
    private readonly CurveKeyPair _client = Searched.NewKeyPair();
    private readonly CurveServerKeys _keys;

    public CurveServerKeysTests() => _keys = new CurveServerKeys(_old, _time);

    public void Dispose()
    {
        _keys.Dispose();
        _old.Dispose();
        _new.Dispose();
        _client.Dispose();
    }

    [Fact]
    public void ROTATION_DuringTheOverlap_BothKeysOpenTheDoor()
    {
        Assert.True(GetsIn(_old.PublicKey));
        Assert.False(GetsIn(_new.PublicKey));
        _keys.Rotate(_new, Overlap);
        Assert.Equal(_new.PublicKey, _keys.PublicKey);
        Assert.Equal([_old.PublicKey], _keys.RetiringKeys);
        Assert.True(GetsIn(_new.PublicKey));
        Assert.True(GetsIn(_old.PublicKey));
        _time.Advance(Overlap - TimeSpan.FromTicks(1));
        Assert.True(GetsIn(_old.PublicKey));
    }

    [Fact]
    public void ROTATION_AfterTheOverlap_OnlyTheNewKeyOpensTheDoorAndTheOldOneIsZeroed()
    {
        var old = _keys.All()[0].Pair;
        _keys.Rotate(_new, Overlap);
        _time.Advance(Overlap);
        Assert.True(old.SecretKey.IsZero);
        Assert.Empty(_keys.RetiringKeys);
        Assert.False(GetsIn(_old.PublicKey));
        Assert.True(GetsIn(_new.PublicKey));

        // What the caller gave is the caller's.
        Assert.False(_old.SecretKey.IsZero);
    }

    [Fact]
    public void ROTATION_WithoutOverlap_EndsTheOldKeyAtOnce()
    {
        var old = _keys.All()[0].Pair;
        _keys.Rotate(_new, TimeSpan.Zero);
        Assert.True(old.SecretKey.IsZero);
        Assert.False(GetsIn(_old.PublicKey));
        Assert.True(GetsIn(_new.PublicKey));
    }

    [Fact]
    public void ROTATION_OverlapOfHundredDays_EndsAfterHundredDays()
    {
        var old = _keys.All()[0].Pair;
        _keys.Rotate(_new, TimeSpan.FromDays(100));
        for (var day = 0; day < 99; day++) _time.Advance(TimeSpan.FromDays(1));
        Assert.True(GetsIn(_old.PublicKey));
        _time.Advance(TimeSpan.FromDays(1));
        Assert.True(old.SecretKey.IsZero);
        Assert.False(GetsIn(_old.PublicKey));
    }

    [Fact]
    public void ROTATION_OverlapWithoutEnd_EndsByHand()
    {
        var old = _keys.All()[0].Pair;
        _keys.Rotate(_new, Timeout.InfiniteTimeSpan);
        _time.Advance(TimeSpan.FromDays(1000));
        Assert.True(GetsIn(_old.PublicKey));
        Assert.True(_keys.Retire(_old.PublicKey));
        Assert.False(_keys.Retire(_old.PublicKey));
        Assert.True(old.SecretKey.IsZero);
        Assert.False(GetsIn(_old.PublicKey));
    }

    [Fact]
    public void ROTATION_RetiringTheCurrentKey_IsAnErrorThatSaysWhatToDo()
    {
        var error = Assert.Throws<InvalidOperationException>(() => _keys.Retire(_old.PublicKey));
        Assert.Contains("Rotate", error.Message, StringComparison.Ordinal);
        Assert.True(GetsIn(_old.PublicKey));

        _keys.Rotate(_new, Overlap);
        Assert.Throws<InvalidOperationException>(() => _keys.Retire(_new.PublicKey));
        Assert.Equal([_old.PublicKey], _keys.RetiringKeys);
        _time.Advance(Overlap);
        Assert.False(_keys.Retire(_old.PublicKey));
    }

    [Fact]
    public void ROTATION_BackToARetiringKey_MakesItCurrentForGood()
    {
        _keys.Rotate(_new, Overlap);
        _keys.Rotate(_old, Overlap * 2);
        Assert.Equal([_new.PublicKey], _keys.RetiringKeys);
        _time.Advance(Overlap);
        Assert.True(GetsIn(_old.PublicKey));
        Assert.True(GetsIn(_new.PublicKey));
        _time.Advance(Overlap);
        Assert.True(GetsIn(_old.PublicKey));
        Assert.False(GetsIn(_new.PublicKey));
    }

    [Fact]
    public void ROTATION_TooManyOrTheSame_IsRefusedAndChangesNothing()
    {
        Assert.Throws<ArgumentException>(() => _keys.Rotate(_old, Overlap));
        Assert.Throws<ArgumentOutOfRangeException>(() => _keys.Rotate(_new, TimeSpan.FromSeconds(-1)));
        for (var i = 0; i < CurveServerKeys.MaxRetiring; i++)
        {
            using var next = Searched.NewKeyPair();
            _keys.Rotate(next, Overlap);
        }

        var current = _keys.PublicKey;
        Assert.Throws<InvalidOperationException>(() => _keys.Rotate(_new, Overlap));
        Assert.Equal(current, _keys.PublicKey);
        _keys.Rotate(_new, TimeSpan.Zero);
        Assert.Equal(CurveServerKeys.MaxRetiring, _keys.RetiringKeys.Count);
        Assert.True(GetsIn(_old.PublicKey));
        _time.Advance(Overlap);
        Assert.Empty(_keys.RetiringKeys);
    }

    [Fact]
    public void ROTATION_InTheMiddleOfAHandshake_CookieAndVouchAreOfItsOwnKey()
    {
        using var pair = Pair(_old.PublicKey);
        while (pair.Commands.Count < 2) Assert.True(pair.StepOnce());
        _keys.Rotate(_new, TimeSpan.Zero);
        pair.RunToReady();
    }

    [Fact]
    public void ROTATION_LiveConnection_GoesOn()
    {
        using var pair = Pair(_old.PublicKey).RunToReady();
        _keys.Rotate(_new, TimeSpan.Zero);
        _keys.Dispose();
        var body = new byte[1 + pair.Connecting.SealOverhead];
        pair.Connecting.Seal(PayloadFlags.None, [7], body);
        var opened = new byte[1 + pair.Bound.OpenPrefix];
        pair.Bound.Open(body, opened);
        Assert.Equal(7, opened[^1]);
    }

    [Fact]
    [Spec("CURVE-28")]
    public void ROTATION_VouchForAnotherKeyThanThatOfHello_Closes()
    {
        // Both keys open HELLO during the overlap; the vouch must name the one that this handshake began with.
        using var server = CurveSecurity.Server(_keys, CurveClients.AllowAny)
            .CreateMechanism(HandshakeContexts.Create(SocketType.Router, isConnecting: false));
        _keys.Rotate(_new, Overlap);
        var client = new CurveClientScript(CurveKeys.TestClient, _old.PublicKey.AsSpan().ToArray());
        server.ReadCommand(client.Hello());
        client.OpenWelcome(server.Write());
        Expect.Refusal(
            ProtocolError.KeyExchange,
            () => server.ReadCommand(client.Initiate(CurveRig.DealerMetadata, i => i.VouchedServerKey = _new.PublicKey.AsSpan().ToArray())));
    }

    [Fact]
    [Spec("CURVE-15", "CURVE-16", "CURVE-17")]
    public void ROTATION_HelloForNoneOfTheKeys_FailsAsWithOneKey()
    {
        _keys.Rotate(_new, Overlap);
        using var stranger = Searched.NewKeyPair();
        var context = HandshakeContexts.Create(SocketType.Router, isConnecting: false);
        using var one = CurveSecurity.Server(_new, CurveClients.AllowAny).CreateMechanism(context);
        using var two = CurveSecurity.Server(_keys, CurveClients.AllowAny).CreateMechanism(context);
        var client = new CurveClientScript(CurveKeys.TestClient, stranger.PublicKey.AsSpan().ToArray());
        var expected = Assert.Throws<ZmtpProtocolException>(() => one.ReadCommand(client.Hello()));
        var error = Assert.Throws<ZmtpProtocolException>(() => two.ReadCommand(client.Hello()));
        Assert.Equal((expected.Error, expected.Message), (error.Error, error.Message));
    }

    [Fact]
    public void KEYS_Disposed_ZeroEverythingAndSayWhyHandshakesFail()
    {
        _keys.Rotate(_new, Overlap);
        var all = _keys.All();
        var security = CurveSecurity.Server(_keys);
        _keys.Dispose();
        _keys.Dispose();
        Assert.All(all, key => Assert.True(key.Pair.SecretKey.IsZero));
        var context = HandshakeContexts.Create(SocketType.Router, isConnecting: false);
        var error = Assert.Throws<ZmtpException>(() => security.CreateMechanism(context));
        Assert.Equal(FaultOrigin.Caller, error.Origin);
        Assert.Throws<ObjectDisposedException>(() => _keys.Rotate(_old, Overlap));
    }

    /// <summary>Where handshakes overlap there may always be one that computes with the key.</summary>
    [Fact]
    public void KEYS_DisposedWhileOneIsInUse_AreNoOtherHandshakes()
    {
        var security = CurveSecurity.Server(_keys, CurveClients.AllowAny);
        var context = HandshakeContexts.Create(SocketType.Router, isConnecting: false);
        using var begun = security.CreateMechanism(context);
        var key = _keys.All()[0];
        Assert.True(key.TryHold());
        _keys.Dispose();

        Assert.Empty(_keys.All());
        Assert.Equal(FaultOrigin.Caller, Assert.Throws<ZmtpException>(() => security.CreateMechanism(context)).Origin);
        var client = new CurveClientScript(CurveKeys.TestClient, _old.PublicKey.AsSpan().ToArray());
        Assert.Equal(FaultOrigin.Caller, Assert.Throws<ZmtpException>(() => begun.ReadCommand(client.Hello())).Origin);
        Assert.False(key.Pair.SecretKey.IsZero);
        key.Release();
        Assert.True(key.Pair.SecretKey.IsZero);
    }

    [Fact]
    public void KEYS_InUse_AreZeroedWhenTheLastUseHasEnded()
    {
        var key = _keys.All()[0];
        Assert.True(key.TryHold());
        Assert.True(key.TryHold());
        _keys.Rotate(_new, TimeSpan.Zero);
        Assert.False(key.Pair.SecretKey.IsZero);
        key.Release();
        Assert.False(key.Pair.SecretKey.IsZero);
        key.Release();
        Assert.True(key.Pair.SecretKey.IsZero);
        Assert.False(key.TryHold());
    }

    [Fact]
    public async Task ROTATION_WhileManyShakeHands_NobodyWhoKnowsAValidKeyIsRefused()
    {
        using var stop = new CancellationTokenSource();
        var pairs = Enumerable.Range(0, 2).Select(_ => Searched.NewKeyPair()).ToArray();
        _keys.Rotate(pairs[0], Overlap);
        var rotating = Task.Run(() =>
        {
            for (var i = 1; !stop.IsCancellationRequested; i++) _keys.Rotate(pairs[i % 2], TimeSpan.Zero);
        });
        for (var i = 0; i < 100; i++) Assert.True(GetsIn(_old.PublicKey));
        await stop.CancelAsync();
        await rotating.WithinAsync();
        foreach (var pair in pairs) pair.Dispose();
    }

    [Fact]
    public void KEYS_AsText_NeverShowASecret()
    {
        Assert.StartsWith(_old.PublicKey.ToString(), _keys.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Zmtp.Text.Z85.Encode(_old.SecretKey.AsSpan()), _keys.ToString(), StringComparison.Ordinal);
    }

    private MechanismPair Pair(CurvePublicKey serverKey) =>
        new(CurveSecurity.Client(_client, serverKey), CurveSecurity.Server(_keys, CurveClients.AllowAny));

    private bool GetsIn(CurvePublicKey serverKey)
    {
        using var pair = Pair(serverKey);
        try
        {
            pair.RunToReady();
            return true;
        }
        catch (ZmtpProtocolException refused) when (refused.Error == ProtocolError.Cryptographic)
        {
            return false;
        }
    }
}
