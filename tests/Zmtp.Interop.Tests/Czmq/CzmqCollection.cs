namespace Zmtp.Interop.Tests.Czmq;

/// <summary>The tests that use CZMQ's one context and one zauth of a process: never side by side.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class CzmqCollection
{
    /// <summary>The name of the collection.</summary>
    public const string Name = "CZMQ";
}
