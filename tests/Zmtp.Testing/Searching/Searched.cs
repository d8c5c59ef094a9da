using Microsoft.Extensions.Logging;
using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Zap;

namespace Zmtp.Testing.Searching;

/// <summary>Contexts, loggers and secrets for tests, all known to <see cref="SecretJournal.Suite"/>.</summary>
public static class Searched
{
    /// <summary>A logger of whose lines only the journal hears.</summary>
    public static ILogger Log { get; } = new JournalLogger(null);

    /// <summary>A context whose log is searched, and goes where the options say besides.</summary>
    public static ZmtpContext NewContext(ZmtpContextOptions? options = null)
    {
        options ??= new ZmtpContextOptions();
        return new ZmtpContext(options with { LoggerFactory = new JournalLoggerFactory(options.LoggerFactory) });
    }

    /// <summary>A context without a log: there is nothing to search.</summary>
    public static ZmtpContext NewSilentContext() => new();

    /// <summary>A key pair whose secret is looked for.</summary>
    public static CurveKeyPair NewKeyPair()
    {
        var keys = CurveKeyPair.Generate();
        Keep(keys);
        return keys;
    }

    /// <summary>A certificate whose secret key is looked for.</summary>
    public static Certificate NewCertificate()
    {
        var certificate = Certificate.Generate();
        Keep(certificate.KeyPair);
        return certificate;
    }

    /// <summary>A password that is looked for.</summary>
    public static string Password(string password) => SecretJournal.Suite.Keep(password);

    private static void Keep(CurveKeyPair keys) => SecretJournal.Suite.Keep(keys.SecretKey.AsSpan(), $"the secret key of {keys.PublicKey}");
}
