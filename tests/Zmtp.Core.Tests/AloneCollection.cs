using Xunit;

namespace Zmtp.Core.Tests;

/// <summary>Tests that change what the whole process has, or count it: nothing else runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "Alone";
}
