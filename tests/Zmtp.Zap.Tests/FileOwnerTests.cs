using System.Runtime.Versioning;
using Zmtp.Testing.Searching;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>Whose a file is after it was replaced. Another than root cannot give files away, so only root can see these tests work.</summary>
public sealed class FileOwnerTests : IDisposable
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Group = UnixFileMode.GroupRead;

    private static readonly FileOwner Server = new(12_345, 54_321);
    private static readonly FileOwner Somebody = new(23_456, 34_567);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [RootFact]
    [SupportedOSPlatform("linux")]
    public void EDITOR_FileOfAnother_StaysTheirsWithItsMode()
    {
        UnixUser.Own(_directory.Write("passwd", "joe=one\n"), Server);
        File.SetUnixFileMode(_directory["passwd"], Owner | Group);
        Save();
        Assert.Equal("joe=two\n", File.ReadAllText(_directory["passwd"]));
        Assert.Equal(Server, FileOwner.Of(_directory["passwd"]));
        Assert.Equal(Owner | Group, File.GetUnixFileMode(_directory["passwd"]));
    }

    [RootFact]
    [SupportedOSPlatform("linux")]
    public void EDITOR_FileThatItsServerReadsThroughItsGroup_IsReadByItStill()
    {
        UnixUser.OpenToAll(_directory.FullPath);
        UnixUser.Own(_directory.Write("passwd", "joe=one\n"), new FileOwner(0, Server.GroupId));
        File.SetUnixFileMode(_directory["passwd"], Owner | Group);
        using var file = new PasswordFile(_directory["passwd"]);
        UnixUser.RunAs(Server, () => file.Refresh());
        using (var editor = PasswordFileEditor.Open(_directory["passwd"]))
        {
            editor.Remove("joe");
            editor.Save();
        }

        UnixUser.RunAs(Server, () => file.Refresh());
        Assert.Equal((true, 0), (file.IsCurrent, file.Count));
    }

    [RootFact]
    [SupportedOSPlatform("linux")]
    public void EDITOR_FileThatCannotBeGivenBack_IsLeftAsItIs()
    {
        UnixUser.OpenToAll(_directory.FullPath);
        UnixUser.Own(_directory.Write("passwd", "joe=one\n"), Server);
        File.SetUnixFileMode(_directory["passwd"], Owner | Group | UnixFileMode.OtherRead);
        var error = Assert.Throws<IOException>(() => UnixUser.RunAs(Somebody, Save));
        Assert.Contains("12345", error.Message, StringComparison.Ordinal);
        Assert.Equal("joe=one\n", File.ReadAllText(_directory["passwd"]));
        Assert.Equal(Server, FileOwner.Of(_directory["passwd"]));
        Assert.Equal(["passwd"], Directory.GetFileSystemEntries(_directory.FullPath).Select(Path.GetFileName));
    }

    [RootFact]
    [SupportedOSPlatform("linux")]
    public void CERTIFICATE_FilesOfAnother_StayTheirs()
    {
        const UnixFileMode Shared = Owner | Group | UnixFileMode.GroupWrite;
        using var certificate = Certificate.TakeOver(Searched.NewKeyPair());
        foreach (var name in (string[])["cert", "cert_secret"])
        {
            UnixUser.Own(_directory.Write(name, "old"), Server);
            File.SetUnixFileMode(_directory[name], Shared);
        }

        certificate.Save(_directory["cert"], overwrite: true);
        Assert.Equal((Server, Owner | Group), (FileOwner.Of(_directory["cert"]), File.GetUnixFileMode(_directory["cert"])));
        Assert.Equal((Server, Owner), (FileOwner.Of(_directory["cert_secret"]), File.GetUnixFileMode(_directory["cert_secret"])));
    }

    [RootFact]
    [SupportedOSPlatform("linux")]
    public void CERTIFICATE_PublicFileThatCannotBeGivenBack_LeavesTheSecretOneToo()
    {
        UnixUser.OpenToAll(_directory.FullPath);
        using var certificate = Certificate.TakeOver(Searched.NewKeyPair());
        UnixUser.Own(_directory.Write("cert", "old"), Server);
        UnixUser.Own(_directory.WriteSecret("cert_secret", "old secret"), Somebody);
        Assert.Throws<IOException>(() => UnixUser.RunAs(Somebody, () => certificate.Save(_directory["cert"], overwrite: true)));
        Assert.Equal("old secret", File.ReadAllText(_directory["cert_secret"]));
        Assert.Equal(2, Directory.GetFileSystemEntries(_directory.FullPath).Length);
    }

    [RootFact]
    [SupportedOSPlatform("linux")]
    public void CERTIFICATE_OverALink_HasOwnerAndModeOfWhatTheLinkLedTo()
    {
        using var certificate = Certificate.TakeOver(Searched.NewKeyPair());
        UnixUser.Own(_directory.Write("target", "old"), Server);
        File.SetUnixFileMode(_directory["target"], Owner | Group);
        File.CreateSymbolicLink(_directory["cert"], _directory["target"]);
        certificate.SavePublic(_directory["cert"], overwrite: true);
        Assert.Null(new FileInfo(_directory["cert"]).LinkTarget);
        Assert.Equal((Server, Owner | Group), (FileOwner.Of(_directory["cert"]), File.GetUnixFileMode(_directory["cert"])));
        Assert.Equal("old", File.ReadAllText(_directory["target"]));
    }

    [RootFact]
    [SupportedOSPlatform("linux")]
    public void CERTIFICATE_SecretFilePlantedWhereOthersMayWrite_IsNotGivenToWhoeverPlantedIt()
    {
        UnixUser.OpenToAll(_directory.FullPath);
        using var certificate = Certificate.TakeOver(Searched.NewKeyPair());
        UnixUser.Own(_directory.WriteSecret("cert_secret", "planted"), Somebody);
        Assert.Contains("23456", Refused(() => certificate.SaveSecret(_directory["cert_secret"], overwrite: true)), StringComparison.Ordinal);
        Refused(() => certificate.Save(_directory["cert"], overwrite: true));
        Assert.Equal("planted", File.ReadAllText(_directory["cert_secret"]));
        Assert.Equal(["cert_secret"], Directory.GetFileSystemEntries(_directory.FullPath).Select(Path.GetFileName));
        UnixUser.RunAs(Somebody, () => certificate.SaveSecret(_directory["cert_secret"], overwrite: true));
        Assert.Equal((Somebody, Owner), (FileOwner.Of(_directory["cert_secret"]), File.GetUnixFileMode(_directory["cert_secret"])));
    }

    [RootFact]
    [SupportedOSPlatform("linux")]
    public void CERTIFICATE_SecretFileBehindALinkToTheFileOfAnother_IsNotGivenToThem()
    {
        using var certificate = Certificate.TakeOver(Searched.NewKeyPair());
        UnixUser.Own(_directory.WriteSecret("target", "old"), Somebody);
        File.CreateSymbolicLink(_directory["cert_secret"], _directory["target"]);
        Assert.Contains("link", Refused(() => certificate.SaveSecret(_directory["cert_secret"], overwrite: true)), StringComparison.Ordinal);
        Assert.NotNull(new FileInfo(_directory["cert_secret"]).LinkTarget);
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void CERTIFICATE_SecretFileBehindALinkToAFileOfOnesOwn_IsWritten()
    {
        using var certificate = Certificate.TakeOver(Searched.NewKeyPair());
        _directory.WriteSecret("target", "old");
        File.CreateSymbolicLink(_directory["cert_secret"], _directory["target"]);
        certificate.SaveSecret(_directory["cert_secret"], overwrite: true);
        Assert.Null(new FileInfo(_directory["cert_secret"]).LinkTarget);
        Assert.Equal(Owner, File.GetUnixFileMode(_directory["cert_secret"]));
        Assert.Equal("old", File.ReadAllText(_directory["target"]));
    }

    [RootFact]
    [SupportedOSPlatform("linux")]
    public void FILE_New_BelongsToWhoeverMakesIt()
    {
        UnixUser.OpenToAll(_directory.FullPath);
        UnixUser.RunAs(Somebody, () => AtomicFile.Write(_directory["new"], "x"u8, AtomicFile.SecretMode, overwrite: true));
        Assert.Equal((Somebody, Owner), (FileOwner.Of(_directory["new"]), File.GetUnixFileMode(_directory["new"])));
    }

    [Fact]
    public void OWNER_OfNothing_IsNotKnown() => Assert.Null(FileOwner.Of(_directory["nothing"]));

    [Theory]
    [InlineData(0, 0, true, 0, 0b111_111_111, true)]
    [InlineData(7, 7, false, 9, 0b1_111_111_111, true)]
    [InlineData(0, 7, true, 0, 0b111_101_101, true)]
    [InlineData(0, 7, true, 7, 0b111_000_000, true)]
    [InlineData(5, 7, true, 5, 0b111_000_000, true)]
    [InlineData(0, 7, true, 9, 0b111_000_000, false)]
    [InlineData(0, 7, true, 0, 0b1_111_111_111, false)]
    [InlineData(0, 7, true, 0, 0b111_111_101, false)]
    [InlineData(0, 7, true, 0, 0b111_101_111, false)]
    [InlineData(0, 7, true, 7, 0b111_111_000, false)]
    [InlineData(0, 7, false, 0, 0b111_000_000, false)]
    [InlineData(0, 7, false, 7, 0b111_000_000, false)]
    public void SECRET_OwnerOfTheOldFile_GetsTheNewOneOnlyWhereNobodyElseCanHavePutItThere(
        uint self, uint owner, bool isRegular, uint directoryOwner, int directoryMode, bool isGiven)
    {
        var why = SecretFileOwner.WhyNot(self, owner, isRegular, directoryOwner, (UnixFileMode)directoryMode);
        Assert.Equal(isGiven, why is null);
    }

    private static string Refused(Action save) => Assert.Throws<IOException>(save).Message;

    private void Save()
    {
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        editor.SetClearText("joe", "two");
        editor.Save();
    }
}
