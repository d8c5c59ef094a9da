using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>A log or a handler of the application that throws changes nothing of what the library does.</summary>
public sealed class BrokenLoggerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly BrokenLogger _logger = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void STORE_LoggerThatThrows_KeepsNoChangeFromAnybody()
    {
        using var store = CertificateStore.Open(_directory.FullPath, _logger, _time);
        var (changes, reloads) = (0, 0);
        store.Changed += (_, _) => changes++;
        store.Reloaded += (_, _) => reloads++;
        _directory.Write("one", Keys.File(Keys.Number(1)));
        _directory.Write("broken", "!");
        Assert.True(store.Refresh());
        Assert.Equal((1, 1, 1), (changes, reloads, store.Count));
        Assert.NotEqual(0, _logger.Calls);
    }

    [Fact]
    public void PASSWORDS_LoggerThatThrows_KeepsNoChangeFromAnybody()
    {
        _directory.Write("passwd", "joe=one\nann=two\n");
        using var file = new PasswordFile(_directory["passwd"], _logger);
        file.Refresh();
        var (changes, reloads) = (0, 0);
        file.Changed += (_, _) => Interlocked.Increment(ref changes);
        file.Reloaded += (_, _) => Interlocked.Increment(ref reloads);
        _directory.Replace("passwd", "joe=one\nnonsense\n");
        file.Refresh();
        Assert.Equal((1, 1, 1), (changes, reloads, file.Count));
        Assert.NotEqual(0, _logger.Calls);
    }

    [Fact]
    public async Task AUTHENTICATOR_LoggerThatThrows_DecidesAsAlways()
    {
        using var authenticator = new Authenticator(_logger) { Verbose = true };
        var store = new MemoryCertificateStore();
        store.Set(Keys.Client);
        authenticator.ConfigureCurve("*", store);
        using var admission = (await Ask(200)).Admission;
        var revoked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        admission!.OnRevoked(_ => revoked.TrySetResult());
        store.Remove(Keys.Client);
        await revoked.Task.WithinAsync();
        await Ask(400);
        authenticator.ConfigurePolicy("*", (_, _) => throw new IOException("no service"), new PolicyOptions { InsteadOfStores = true });
        await Ask(500);
        Assert.NotEqual(0, _logger.Calls);

        async Task<AuthenticationResult> Ask(int status)
        {
            var result = await authenticator.AuthenticateAsync(Frames.Curve(Keys.Client.AsSpan()), TestTimeout.Token);
            Assert.Equal(status, (int)result.Status);
            return result;
        }
    }

    [Fact]
    public async Task HANDLER_LoggerThatThrows_AnswersAsAlways()
    {
        var handler = new ZapHandler(new DelegateAuthenticator((_, _) => throw new FormatException("broken store")), _logger);
        Assert.Null(await handler.HandleAsync(["no"u8.ToArray()], TestTimeout.Token));
        Assert.NotNull(await handler.HandleAsync(["1.0"u8.ToArray(), "1"u8.ToArray()], TestTimeout.Token));
        Assert.NotEqual(0, _logger.Calls);
    }

    [Fact]
    public void STORE_HandlerThatThrows_KeepsTheNextFromNothing()
    {
        var logger = new ListLogger();
        using var store = CertificateStore.Open(_directory.FullPath, logger, _time);
        var (changes, reloads) = (0, 0);
        store.Changed += (_, _) => throw new InvalidOperationException("first handler");
        store.Changed += (_, _) => changes++;
        store.Reloaded += (_, _) => throw new InvalidOperationException("first handler");
        store.Reloaded += (_, _) => reloads++;
        _directory.Write("one", Keys.File(Keys.Number(1)));
        Assert.True(store.Refresh());
        Assert.Equal((1, 1), (changes, reloads));
        Assert.Equal(2, logger.Entries.Count(entry => entry.Level == LogLevel.Error));
    }

    [Fact]
    public void PASSWORDS_HandlerThatThrows_KeepsTheNextFromNothing()
    {
        _directory.Write("passwd", "joe=one\n");
        using var file = new PasswordFile(_directory["passwd"]);
        file.Refresh();
        var changes = 0;
        file.Changed += (_, _) => throw new InvalidOperationException("first handler");
        file.Changed += (_, _) => Interlocked.Increment(ref changes);
        _directory.Replace("passwd", "joe=two\n");
        file.Refresh();
        Assert.Equal(1, changes);
    }

    [Fact]
    public void MEMORY_HandlerThatThrows_KeepsTheNextFromNothingAndIsHeard()
    {
        var certificates = new MemoryCertificateStore();
        using var passwords = new MemoryPasswordStore();
        var changes = 0;
        foreach (var store in (IChangingStore[])[certificates, passwords])
        {
            store.Changed += (_, _) => throw new FormatException("first handler");
            store.Changed += (_, _) => changes++;
        }

        Assert.Throws<FormatException>(() => certificates.Set(Keys.Client));
        Assert.Throws<FormatException>(() => certificates.Remove(Keys.Client));
        Assert.Throws<FormatException>(() => passwords.SetClearText("joe", "one"));
        Assert.Throws<FormatException>(() => passwords.Remove("joe"));
        Assert.Equal((4, 0, 0), (changes, certificates.Count, passwords.Count));
    }
}
