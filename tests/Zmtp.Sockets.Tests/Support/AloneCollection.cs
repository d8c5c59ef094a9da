using Xunit;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>
/// Nothing else runs beside these tests: they measure what is the whole process's, its memory or how soon it comes to something, or take what
/// others need as well, the pool's threads, descriptors or the machine's time.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "Alone";
}
