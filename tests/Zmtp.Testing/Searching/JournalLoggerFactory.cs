using Microsoft.Extensions.Logging;

namespace Zmtp.Testing.Searching;

/// <summary>Loggers of another factory, of whose lines <see cref="SecretJournal.Suite"/> hears first.</summary>
internal sealed class JournalLoggerFactory(ILoggerFactory next) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new JournalLogger(next.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => next.AddProvider(provider);

    public void Dispose()
    {
        // The other factory belongs to whoever made it.
    }
}
