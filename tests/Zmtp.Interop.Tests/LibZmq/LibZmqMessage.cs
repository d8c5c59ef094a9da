using System.Text;

namespace Zmtp.Interop.Tests.LibZmq;

/// <summary>A received message: its frames, and the properties that were asked for (of the last frame).</summary>
internal sealed record LibZmqMessage(IReadOnlyList<byte[]> Frames, IReadOnlyDictionary<string, string?> Properties)
{
    /// <summary>The frames as text.</summary>
    public string[] Text => [.. Frames.Select(Encoding.UTF8.GetString)];

    /// <summary>The User-Id that the ZAP handler gave, if it was asked for.</summary>
    public string? UserId => Properties.GetValueOrDefault("User-Id");
}
