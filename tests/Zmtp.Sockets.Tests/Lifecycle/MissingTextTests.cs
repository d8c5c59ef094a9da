using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>Texts that are null, and messages that are none, are refused in words of ours.</summary>
public class MissingTextTests
{
    [Fact]
    public async Task Text_Null_IsRefusedByName()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Sut.Quick);
        await using var sub = new SubSocket(context, Sut.Quick);
        var second = TimeSpan.FromSeconds(1);

        Assert.Equal("text", Assert.Throws<ArgumentNullException>(() => push.Send((string)null!)).ParamName);
        Assert.Equal("text", Assert.Throws<ArgumentNullException>(() => push.TrySend((string)null!)).ParamName);
        Assert.Equal("text", Assert.Throws<ArgumentNullException>(() => push.TrySend(second, (string)null!)).ParamName);
        var error = await Assert.ThrowsAsync<ArgumentNullException>(async () => await push.SendAsync((string)null!, TestTimeout.Token));
        Assert.Equal("text", error.ParamName);
        Assert.Equal("topic", Assert.Throws<ArgumentNullException>(() => sub.Subscribe((string)null!)).ParamName);
        Assert.Equal("topic", Assert.Throws<ArgumentNullException>(() => sub.Unsubscribe((string)null!)).ParamName);
    }

    [Fact]
    public async Task Endpoint_Null_IsRefusedByName()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Sut.Quick);
        var calls = new Func<ValueTask>[]
        {
            async () => await push.BindAsync(null!),
            () => push.ConnectAsync(null!),
            () => push.UnbindAsync(null!),
            () => push.DisconnectAsync(null!),
            () => Blocking(() => push.Bind(null!)),
            () => Blocking(() => push.Connect(null!)),
            () => Blocking(() => push.Unbind(null!)),
            () => Blocking(() => push.Disconnect(null!)),
            async () => await ZmtpProbe.RunAsync(null!, SocketType.Push),
        };

        foreach (var call in calls)
        {
            Assert.Equal("endpoint", (await Assert.ThrowsAsync<ArgumentNullException>(async () => await call())).ParamName);
        }

        static ValueTask Blocking(Action call)
        {
            call();
            return ValueTask.CompletedTask;
        }
    }

    [Fact]
    public async Task Message_Default_IsRefusedAsOneThatIsNobodys()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Sut.Quick);

        Assert.Throws<ObjectDisposedException>(() => push.Send(default(Message)));
        Assert.Throws<ObjectDisposedException>(() => push.TrySend(default(Message)));
        Assert.Throws<ObjectDisposedException>(() => push.TrySend(TimeSpan.FromSeconds(1), default(Message)));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await push.SendAsync(default(Message), TestTimeout.Token));
        using var empty = Message.Create();
        await Assert.ThrowsAsync<ArgumentException>(async () => await push.SendAsync(empty, TestTimeout.Token));
    }
}
