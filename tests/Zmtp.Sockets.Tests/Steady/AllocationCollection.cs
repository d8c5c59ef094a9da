using System.Diagnostics.CodeAnalysis;
using Xunit;

namespace Zmtp.Sockets.Tests.Steady;

/// <summary>Runs alone: it counts what the whole process allocates.</summary>
[CollectionDefinition("allocation", DisableParallelization = true)]
[SuppressMessage("Naming", "CA1711", Justification = "xunit's word.")]
public sealed class AllocationCollection;
