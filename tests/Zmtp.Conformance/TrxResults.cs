using System.Xml.Linq;

namespace Zmtp.Conformance;

/// <summary>The outcomes in a directory of trx files, by class and method name.</summary>
internal sealed class TrxResults
{
    private readonly Dictionary<string, TestOutcome> _outcomes = [];

    /// <summary>Reads every trx file below a directory.</summary>
    public static TrxResults ReadAll(string directory)
    {
        var results = new TrxResults();
        foreach (string file in Directory.EnumerateFiles(directory, "*.trx", SearchOption.AllDirectories))
        {
            results.Read(XDocument.Load(file));
        }

        return results;
    }

    /// <summary>The outcome of a test method.</summary>
    public TestOutcome this[string className, string method] =>
        _outcomes.GetValueOrDefault(Key(className, method), TestOutcome.NotRun);

    private static string Key(string className, string method) => className.Replace('+', '.') + "." + method;

    private void Read(XDocument document)
    {
        XNamespace ns = document.Root!.Name.Namespace;
        var methods = document.Descendants(ns + "UnitTest").ToDictionary(
            test => (string)test.Attribute("id")!,
            test => MethodKey(test.Element(ns + "TestMethod")!));
        foreach (var result in document.Descendants(ns + "UnitTestResult"))
        {
            if (methods.TryGetValue((string)result.Attribute("testId")!, out string? key))
            {
                var outcome = (string?)result.Attribute("outcome") switch
                {
                    "Passed" => TestOutcome.Passed,
                    "NotExecuted" => TestOutcome.Skipped,
                    _ => TestOutcome.Failed,
                };
                _outcomes[key] = (TestOutcome)Math.Max((int)outcome, (int)_outcomes.GetValueOrDefault(key));
            }
        }
    }

    /// <summary>The adapter writes a theory's arguments behind the name, and sometimes the class name before it.</summary>
    private static string MethodKey(XElement method)
    {
        string className = (string)method.Attribute("className")!;
        string name = (string)method.Attribute("name")!;
        int arguments = name.IndexOf('(', StringComparison.Ordinal);
        name = arguments < 0 ? name : name[..arguments];
        return Key(className, name[(name.LastIndexOf('.') + 1)..]);
    }
}
