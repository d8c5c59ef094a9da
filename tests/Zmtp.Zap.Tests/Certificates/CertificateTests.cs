using System.Text;
using System.Text.RegularExpressions;
using Zmtp.Mechanisms;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Zap.Tests;

public sealed partial class CertificateTests
{
    [Fact]
    public void CERTIFICATE_Generate_MakesDistinctPairs()
    {
        using var one = Searched.NewCertificate();
        using var two = Searched.NewCertificate();
        Assert.True(one.HasSecretKey);
        Assert.NotEqual(one.PublicKey, two.PublicKey);
        Assert.Equal(one.PublicKey, one.KeyPair.SecretKey.DerivePublicKey());
        Assert.Empty(one.Metadata);
    }

    [Fact]
    public void CERTIFICATE_OfAKeyPair_LivesOnWithoutItAndItWithoutTheCertificate()
    {
        using var pair = Searched.NewKeyPair();
        using (var certificate = new Certificate(pair)) Assert.Equal(pair.SecretKey, certificate.KeyPair.SecretKey);
        Assert.Equal(pair.PublicKey, pair.SecretKey.DerivePublicKey());
        using var second = new Certificate(pair);
        pair.Dispose();
        Assert.Equal(second.PublicKey, second.KeyPair.SecretKey.DerivePublicKey());
        Assert.Throws<ObjectDisposedException>(() => new Certificate(pair));
    }

    [Fact]
    public void CERTIFICATE_PublicOnly_HasNoKeyPairAndSaysSo()
    {
        using var directory = new TemporaryDirectory();
        using var certificate = new Certificate(Keys.Client);
        Assert.False(certificate.HasSecretKey);
        var error = Assert.Throws<InvalidOperationException>(() => certificate.KeyPair);
        Assert.Contains("secret key", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => certificate.ToZpl(includeSecret: true));
        Assert.Throws<InvalidOperationException>(() => certificate.Save(directory["a"]));
        Assert.Empty(Directory.GetFileSystemEntries(directory.FullPath));
    }

    [Fact]
    public void CERTIFICATE_ToZpl_IsWordForWordWhatCzmqWrites()
    {
        using var certificate = Keys.FullClient();
        certificate.Metadata.Set("name", "Ann");
        certificate.Metadata.Set("email", "ann@example.org");
        Assert.Equal(Keys.PublicFile, AsOfCzmq(certificate.ToZpl(includeSecret: false)));
        Assert.Equal(Keys.SecretFile, AsOfCzmq(certificate.ToZpl(includeSecret: true)));
    }

    [Fact]
    public void CERTIFICATE_NoMetadata_StillHasTheSection()
    {
        using var certificate = new Certificate(Keys.Client);
        Assert.Contains("\n\nmetadata\ncurve\n    public-key = ", certificate.ToZpl(includeSecret: false), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Keys.PublicFile, false)]
    [InlineData(Keys.SecretFile, true)]
    public void CERTIFICATE_Parse_ReadsWhatCzmqWrites(string text, bool hasSecret)
    {
        using var certificate = Certificate.Parse(text);
        Assert.Equal(Keys.ClientPublic, certificate.PublicKey.ToString());
        Assert.Equal(hasSecret, certificate.HasSecretKey);
        Assert.Equal([new("name", "Ann"), new("email", "ann@example.org")], certificate.Metadata);
    }

    [Fact]
    public void CERTIFICATE_Parse_DependsOnNeitherOrderNorComments()
    {
        using var certificate = Certificate.Parse(
            $"other\n    public-key = \"{Keys.ServerPublic}\"\n" +
            $"curve\n    secret-key = '{Keys.ClientSecret}'\n    public-key = '{Keys.ClientPublic}'\n");
        Assert.Equal(Keys.Client, certificate.PublicKey);
        Assert.True(certificate.HasSecretKey);
    }

    [Fact]
    public void CERTIFICATE_FortyZeroesAsSecret_MeanThereIsNone()
    {
        using var certificate = Certificate.Parse(
            Keys.SecretFile.Replace(Keys.ClientSecret, new string('0', 40), StringComparison.Ordinal));
        Assert.False(certificate.HasSecretKey);
    }

    [Fact]
    public void CERTIFICATE_RepeatedMetadata_TheFirstCounts()
    {
        using var certificate = Certificate.Parse(Keys.File(Keys.Client, "    a = \"1\"\n    a = \"2\"\n"));
        Assert.Equal("1", certificate.Metadata["a"]);
    }

    [Theory]
    [InlineData("metadata\n", 0, 0)]
    [InlineData("curve\n", 0, 0)]
    [InlineData("curve\n    public-key = \"short\"\n", 2, 19)]
    [InlineData("curve\n    public-key = \"0000000000000000000000000000000000000000\"\n", 2, 19)]
    [InlineData("curve\n    public-key = \"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{h D\"\n", 2, 19)]
    [InlineData("curve\n    public-key = rq#rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\n", 2, 18)]
    [InlineData("curve\n    public-key = \"" + Keys.ClientPublic + "\"\n    secret-key = \"short\"\n", 3, 19)]
    [InlineData("curve\n    public-key = \"" + Keys.ClientPublic + "\"\n" +
                "    secret-key = \"#####%%%%%#####%%%%%#####%%%%%#####%%%%%\"\n", 3, 19)]
    [InlineData("curve\n    public-key = \"" + Keys.ClientPublic + "\"\n    secret-key = \"" + Keys.ServerSecret + "\"\n", 3, 19)]
    [InlineData(Keys.PublicFile + "one bad line", 12, 5)]
    public void CERTIFICATE_Broken_IsRefusedWithItsLineAndColumn(string text, int line, int column)
    {
        var error = Assert.Throws<ZplFormatException>(() => Certificate.Parse(text));
        Assert.Equal((line, column), (error.Line, error.Column));
        Assert.DoesNotContain(Keys.ServerSecret, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void CERTIFICATE_Metadata_KeepOrderOverwriteAndRemove()
    {
        using var certificate = new Certificate(Keys.Client);
        var metadata = certificate.Metadata;
        metadata.Set("b", "1");
        metadata.Set("a", "2");
        metadata["b"] = "3";
        Assert.Equal([new("b", "3"), new("a", "2")], metadata);
        Assert.True(metadata.Remove("b"));
        Assert.False(metadata.Remove("b"));
        Assert.False(metadata.TryGet("b", out _));
        Assert.Equal(1, metadata.Count);
        Assert.Throws<ArgumentException>(() => metadata.Set("a b", "x"));
        Assert.Throws<ArgumentException>(() => metadata.Set("a", "line\nsecret-key = \"x\""));
        Assert.Throws<ArgumentException>(() => metadata.Set("a", "both ' and \""));
    }

    [Fact]
    public void CERTIFICATE_LoadedValueThatCannotBeWritten_IsRefusedWhenWriting()
    {
        using var certificate = Certificate.Parse(Keys.File(Keys.Client, "    a = it's \"x\"\n"));
        Assert.Equal("it's \"x\"", certificate.Metadata["a"]);
        Assert.Throws<InvalidOperationException>(() => certificate.ToZpl(includeSecret: false));
    }

    [Fact]
    [Spec("ZAP-52")]
    public void CERTIFICATE_ToString_NeverShowsTheSecretKey()
    {
        using var certificate = Keys.FullClient();
        Assert.Contains(Keys.ClientPublic, certificate.ToString(), StringComparison.Ordinal);
        var shown = $"{certificate} {certificate.KeyPair} {certificate.KeyPair.SecretKey}";
        Assert.DoesNotContain(Keys.ClientSecret, shown, StringComparison.Ordinal);
    }

    [Fact]
    public void CERTIFICATE_Dispose_ZeroesTheSecretKeyAndKeepsThePublicOne()
    {
        var certificate = Keys.FullClient();
        var secret = certificate.KeyPair.SecretKey;
        certificate.Dispose();
        Assert.Throws<ObjectDisposedException>(() => secret.AsSpan().Length);
        Assert.Equal(Keys.Client, certificate.PublicKey);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CERTIFICATE_Stream_WritesAndReadsBoth(bool includeSecret)
    {
        using var certificate = Keys.FullClient();
        certificate.Metadata.Set("name", "Ann");
        using var stream = new MemoryStream();
        certificate.Write(stream, includeSecret);
        using var async = new MemoryStream();
        await certificate.WriteAsync(async, includeSecret, TestTimeout.Token);
        Assert.Equal(AsOfCzmq(Encoding.UTF8.GetString(stream.ToArray())), AsOfCzmq(Encoding.UTF8.GetString(async.ToArray())));

        stream.Position = async.Position = 0;
        using var read = Certificate.Read(new TricklingStream(stream));
        using var readAsync = await Certificate.ReadAsync(new TricklingStream(async), TestTimeout.Token);
        Assert.All([read, readAsync], copy =>
        {
            Assert.Equal(includeSecret, copy.HasSecretKey);
            Assert.Equal(certificate.PublicKey, copy.PublicKey);
            Assert.Equal("Ann", copy.Metadata["name"]);
            if (includeSecret) Assert.Equal(certificate.KeyPair.SecretKey, copy.KeyPair.SecretKey);
        });
    }

    [Fact]
    public async Task CERTIFICATE_EndlessStream_IsRefused()
    {
        Assert.Throws<ZplFormatException>(() => Certificate.Read(new EndlessStream()));
        await Assert.ThrowsAsync<ZplFormatException>(() => Certificate.ReadAsync(new EndlessStream(), TestTimeout.Token));
    }

    [Fact]
    public void CERTIFICATE_ToPublic_HasTheMetadataAndNoSecretKey()
    {
        using var certificate = Keys.FullClient();
        certificate.Metadata.Set("name", "Ann");
        using var part = certificate.ToPublic();
        using var clone = certificate.Clone();
        certificate.Dispose();
        Assert.False(part.HasSecretKey);
        Assert.Equal([new("name", "Ann")], part.Metadata);
        Assert.Equal(Keys.Client, part.PublicKey);
        Assert.Equal(CurveSecretKey.Parse(Keys.ClientSecret), clone.KeyPair.SecretKey);
        Assert.Equal([new("name", "Ann")], clone.Metadata);
    }

    [Fact]
    public void CERTIFICATE_Fingerprint_IsThatOfItsPublicKey()
    {
        using var certificate = Keys.FullClient();
        Assert.Equal(Keys.Client.ToFingerprint(), certificate.Fingerprint);
    }

    [Fact]
    public void CERTIFICATE_CurveSecurity_IsMadeFromCertificates()
    {
        using var server = Searched.NewCertificate();
        using var client = Searched.NewCertificate();
        Assert.True(CurveSecurity.Server(server).IsServer);
        Assert.True(CurveSecurity.Server(server, CurveClients.AllowAny).IsServer);
        Assert.False(CurveSecurity.Client(client, server.PublicKey).IsServer);
        using var stranger = new Certificate(Keys.Client);
        Assert.Throws<InvalidOperationException>(() => CurveSecurity.Server(stranger));
        Assert.Throws<InvalidOperationException>(() => CurveSecurity.Client(stranger, server.PublicKey));
    }

    [Fact]
    public void CERTIFICATE_DisposedOf_MakesNoCurveSecurity()
    {
        using var other = Searched.NewCertificate();
        var certificate = Searched.NewCertificate();
        certificate.Dispose();

        Assert.Throws<ObjectDisposedException>(() => CurveSecurity.Server(certificate));
        Assert.Throws<ObjectDisposedException>(() => CurveSecurity.Server(certificate, CurveClients.AllowAny));
        Assert.Throws<ObjectDisposedException>(() => CurveSecurity.Client(certificate, other.PublicKey));
    }

    private static string AsOfCzmq(string text) =>
        FirstLine().Replace(text, "#   ****  Generated on 2026-04-15 11:47:48 by CZMQ  ****\n", 1);

    [GeneratedRegex("\\A#   \\*{4}  Generated on [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} by Zmtp  \\*{4}\n")]
    private static partial Regex FirstLine();
}
