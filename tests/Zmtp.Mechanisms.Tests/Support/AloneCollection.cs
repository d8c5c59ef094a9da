using Xunit;

namespace Zmtp.Mechanisms.Tests;

/// <summary>Tests that look at addresses of the process: nothing else runs beside them and maps memory there.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "Alone";
}
