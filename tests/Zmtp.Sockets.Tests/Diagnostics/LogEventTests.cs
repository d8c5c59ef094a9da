using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Xunit;
using Zmtp.Mechanisms;
using Zmtp.Testing;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Diagnostics;

/// <summary>The ids of log lines are for people who filter and count: each has one meaning, and the guide lists them all.</summary>
public sealed partial class LogEventTests
{
    [Fact]
    public void LOG_EventIds_AreUniqueAndListedInTheGuide()
    {
        var ids = Assemblies().SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId)
            .OfType<int>()
            .ToArray();
        var listed = Row().Matches(File.ReadAllText(Repository.Combine("docs", "guides", "diagnostics.md")))
            .Select(row => int.Parse(row.Groups["id"].Value, System.Globalization.CultureInfo.InvariantCulture));

        Assert.Equal(ids.Order(), ids.Distinct().Order());
        Assert.Equal(ids.Order(), listed.Order());
    }

    private static Assembly[] Assemblies() =>
        [typeof(ZmtpException).Assembly, typeof(CurveSecurity).Assembly, typeof(Authenticator).Assembly, typeof(ZmtpSocket).Assembly];

    [GeneratedRegex("""^\| (?<id>\d{4}) \|""", RegexOptions.Multiline)]
    private static partial Regex Row();
}
