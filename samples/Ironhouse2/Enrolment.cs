using Zmtp.Zap;

namespace Ironhouse2;

/// <summary>
/// What an administrator does once, by hand: makes the certificates and carries the public halves to where they belong. Secret
/// files never leave the machine they are for.
/// </summary>
internal static class Enrolment
{
    public static string ServerFile(string directory) => Path.Combine(directory, "server_cert.txt");

    public static string ClientFile(string directory) => Path.Combine(directory, "client_cert.txt");

    public static string Store(string directory) => Path.Combine(directory, ".curve");

    public static void Prepare(string directory)
    {
        // Save writes two files: this one with the public key, and one that ends in _secret with both, for the owner's eyes only.
        using var server = Certificate.Generate();
        server.Save(ServerFile(directory));

        using var client = Certificate.Generate();
        client.Metadata["name"] = "Client test certificate";
        client.Save(ClientFile(directory));

        Directory.CreateDirectory(Store(directory));
        client.SavePublic(Path.Combine(Store(directory), "testcert.pub"));
    }
}
