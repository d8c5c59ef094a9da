using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Zmtp.Testing.Searching;

/// <summary>
/// xunit, and when all tests of an assembly are over a search of everything that was said for every secret that was used. What it
/// finds is a failure of the assembly.
/// </summary>
/// <remarks>
/// Exceptions are heard of as they are thrown, whether or not anybody catches them. With the environment variable ZMTP_LEAK_A_SECRET set a
/// secret is said on purpose, so that one can see the search fail.
/// </remarks>
public sealed class SearchedTestFramework : XunitTestFramework
{
    /// <summary>Set to anything, it makes the search fail.</summary>
    public const string LeakVariable = "ZMTP_LEAK_A_SECRET";

    /// <summary>Called by xunit.</summary>
    public SearchedTestFramework(IMessageSink messageSink)
        : base(messageSink)
    {
        AppDomain.CurrentDomain.FirstChanceException += (_, thrown) =>
        {
            // What a failing test says is its own business, and shown to nobody but who runs it.
            if (thrown.Exception is not XunitException) SecretJournal.Suite.Say(thrown.Exception);
        };
    }

    /// <inheritdoc/>
    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName) =>
        new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Executor(AssemblyName assembly, ISourceInformationProvider sources, IMessageSink diagnostics)
        : XunitTestFrameworkExecutor(assembly, sources, diagnostics)
    {
        protected override async void RunTestCases(
            IEnumerable<IXunitTestCase> testCases, IMessageSink executionMessageSink, ITestFrameworkExecutionOptions executionOptions)
        {
            using var runner = new Runner(TestAssembly, testCases, DiagnosticMessageSink, executionMessageSink, executionOptions);
            await runner.RunAsync();
        }
    }

    private sealed class Runner(
        ITestAssembly assembly,
        IEnumerable<IXunitTestCase> cases,
        IMessageSink diagnostics,
        IMessageSink execution,
        ITestFrameworkExecutionOptions options)
        : XunitTestAssemblyRunner(assembly, cases, diagnostics, execution, options)
    {
        protected override Task BeforeTestAssemblyFinishedAsync()
        {
            if (Environment.GetEnvironmentVariable(LeakVariable) is not null) Leak();
            Aggregator.Run(SecretJournal.Suite.ThrowIfASecretWasSaid);
            return base.BeforeTestAssemblyFinishedAsync();
        }

        private static void Leak() => SecretJournal.Suite.Say($"The password is {Searched.Password("said-on-purpose")}.");
    }
}
