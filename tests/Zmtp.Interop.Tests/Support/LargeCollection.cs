namespace Zmtp.Interop.Tests.Support;

/// <summary>The tests whose messages take hundreds of megabytes: never side by side.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class LargeCollection
{
    /// <summary>The name of the collection.</summary>
    public const string Name = "Large";
}
