using System.Text;
using Xunit;
using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Zap;

namespace Guides.Snippets;

/// <summary>The users of a program's own: a table of hashes, and a directory service that a policy asks.</summary>
public sealed class UserDatabaseSnippets : IDisposable
{
    private readonly Authenticator _authenticator = new(Searched.Log);
    private readonly string _password = Searched.Password("correct-horse-in-a-table");

    public void Dispose() => _authenticator.Dispose();

    [Fact]
    public async Task Store()
    {
        var authenticator = _authenticator;
        var cost = new PasswordHashParameters(memoryKiB: 64, passes: 1);
        var joe = PasswordHash.Create(_password, cost);
        IUserTable table = new Users(joe);

        // snippet: own-store-use
        var nobody = PasswordHash.Create("nobody", cost); // cost: the PasswordHashParameters with which the table's hashes are made
        authenticator.ConfigurePlain("stock", new DatabaseUsers(table, nobody));
        // end

        await ExpectAsync(AuthenticationStatus.Success, "joe", _password);
        await ExpectAsync(AuthenticationStatus.Denied, "joe", "no password");
        await ExpectAsync(AuthenticationStatus.Denied, "ann", _password);
        await ExpectAsync(AuthenticationStatus.Denied, "ann", "nobody");
        Assert.Equal(joe.Parameters, nobody.Parameters);
    }

    [Fact]
    public async Task PolicyAlone()
    {
        var authenticator = _authenticator;
        IDirectory directory = new Users(PasswordHash.Create(_password));

        // snippet: own-policy
        authenticator.ConfigurePolicy(
            "stock",
            async (request, cancellationToken) =>
            {
                if (request.Mechanism != "PLAIN") return AuthenticationResult.Denied("A name and a password are asked for here.");
                var password = request.IsRecheck ? default : request.Facts.Credentials[1]; // is not kept for later
                var isRight = request.IsRecheck
                    ? await directory.IsActiveAsync(request.UserId, cancellationToken)
                    : !password.IsEmpty && await directory.BindAsync(request.UserId, password, cancellationToken);
                return isRight ? AuthenticationResult.Success() : AuthenticationResult.Denied("The directory does not know both together.");
            },
            new() { InsteadOfStores = true });
        // end

        await ExpectAsync(AuthenticationStatus.Success, "joe", _password);
        await ExpectAsync(AuthenticationStatus.Denied, "joe", "");
        await ExpectAsync(AuthenticationStatus.Denied, "ann", _password);
        var stranger = await _authenticator.AuthenticateAsync(new("stock", "127.0.0.1", default, "NULL", []), TestTimeout.Token);
        Assert.Equal(AuthenticationStatus.Denied, stranger.Status);
    }

    private async Task ExpectAsync(AuthenticationStatus status, string userName, string password)
    {
        ReadOnlyMemory<byte>[] credentials = [Encoding.UTF8.GetBytes(userName), Encoding.UTF8.GetBytes(password)];
        var result = await _authenticator.AuthenticateAsync(new("stock", "127.0.0.1", default, "PLAIN", credentials), TestTimeout.Token);
        result.Admission?.Dispose();
        Assert.Equal(status, result.Status);
    }

    private sealed class Users(PasswordHash joe) : IUserTable, IDirectory
    {
        public ValueTask<string?> FindHashAsync(string userName, CancellationToken cancellationToken) =>
            new(userName == "joe" ? joe.ToPhc() : null);

        // As a directory service does: without a password one comes in as a guest.
        public ValueTask<bool> BindAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken) =>
            new(password.IsEmpty || (userName == "joe" && joe.Verify(password.Span)));

        public ValueTask<bool> IsActiveAsync(string userName, CancellationToken cancellationToken) => new(userName == "joe");
    }
}

/// <summary>What reads the table of users: the reader's own.</summary>
internal interface IUserTable
{
    ValueTask<string?> FindHashAsync(string userName, CancellationToken cancellationToken);
}

/// <summary>A client of a directory service: the reader's own.</summary>
internal interface IDirectory
{
    ValueTask<bool> BindAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken);

    ValueTask<bool> IsActiveAsync(string userName, CancellationToken cancellationToken);
}

// snippet: own-store
internal sealed class DatabaseUsers(IUserTable table, PasswordHash nobody) : IPasswordStore
{
    public async ValueTask<bool> VerifyAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken)
    {
        // The name is a stranger's: a parameter of the query, never a part of its text. The hash is what PasswordHash.ToPhc has given.
        var hash = await table.FindHashAsync(userName, cancellationToken);

        // An unknown name takes as long as a wrong password, as nobody's hash costs what those in the table do.
        var isRight = (hash is null ? nobody : PasswordHash.Parse(hash)).Verify(password.Span);
        return isRight && hash is not null;
    }
}
// end
