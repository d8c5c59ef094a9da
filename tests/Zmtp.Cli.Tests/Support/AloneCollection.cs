namespace Zmtp.Cli.Tests;

/// <summary>Tests that need much memory: nothing else runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "Alone";
}
