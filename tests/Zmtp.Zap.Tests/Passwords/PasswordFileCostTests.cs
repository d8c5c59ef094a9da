using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>A store computes hashes of at most four different costs: whoever saves a fifth must hear who could not come in.</summary>
public sealed class PasswordFileCostTests : IDisposable
{
    private static readonly PasswordHashParameters Another = new(16, 1);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void EDITOR_FifthCost_IsRefusedAndNobodyIsLockedOut()
    {
        var text = WriteFourCosts();
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        editor.Set("new", Hash(Another));
        var error = Assert.Throws<InvalidOperationException>(editor.Save);
        Assert.Contains("\"new\"", error.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(_directory["passwd"]));

        // The first in the file, of whose cost there is another: the last one would have to stay outside.
        editor.Remove("new");
        editor.Set("u0", Hash(Another));
        error = Assert.Throws<InvalidOperationException>(editor.Save);
        Assert.Contains("\"u4\"", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\"u0\"", error.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(_directory["passwd"]));
    }

    [Fact]
    public async Task EDITOR_FifthCostInPlaceOfAnother_IsSaved()
    {
        WriteFourCosts();
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        editor.Set("u0", Hash(Another));
        editor.Set("u1", Hash(Another));
        editor.Save();
        using var file = new PasswordFile(_directory["passwd"]);
        foreach (var name in editor.UserNames) Assert.True(await file.VerifyAsync(name, "x"u8.ToArray(), TestTimeout.Token));
    }

    /// <summary>Somebody is to be kept out: that must work whatever else is wrong with the file.</summary>
    [Fact]
    public void EDITOR_FileThatHasFiveCostsAlready_UsersCanBeRemovedAndOthersAdded()
    {
        WriteFourCosts();
        File.AppendAllText(_directory["passwd"], $"late={Hash(Another).ToPhc()}\n");
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        editor.Remove("u4");
        editor.Save();
        File.AppendAllText(_directory["passwd"], $"later={Hash(new PasswordHashParameters(16, 2)).ToPhc()}\n");
        using var another = PasswordFileEditor.Open(_directory["passwd"]);
        another.SetClearText("ann", "x");
        another.Save();
        Assert.Equal(["u0", "u1", "u2", "u3", "late", "later", "ann"], another.UserNames);
        another.Set("later", Hash(new PasswordHashParameters(16, 3)));
        Assert.Contains("\"later\"", Assert.Throws<InvalidOperationException>(another.Save).Message, StringComparison.Ordinal);
    }

    private static PasswordHash Hash(PasswordHashParameters parameters) => PasswordHash.Create("x", parameters);

    // The first cost is that of two users.
    private string WriteFourCosts()
    {
        var lines = Enumerable.Range(0, 5).Select(i => $"u{i}={Hash(new PasswordHashParameters(8, Math.Max(i, 1))).ToPhc()}\n");
        var text = string.Concat(lines);
        _directory.WriteSecret("passwd", text);
        return text;
    }
}
