// The Ironhouse Pattern, Model 2
//
// The same in two tasks that share nothing but files, as two programs on two machines would: certificates come from disk, and
// each says what went wrong on its side.

using Ironhouse2;

using var tooLate = new CancellationTokenSource(TimeSpan.FromSeconds(20));
var directory = Directory.CreateTempSubdirectory("ironhouse2");
try
{
    Enrolment.Prepare(directory.FullName);
    var endpoint = new TaskCompletionSource<string?>();
    var server = Server.RunAsync(directory.FullName, endpoint, tooLate.Token);

    // Without an endpoint the server has failed, and has said why.
    if (await endpoint.Task is { } address && await Client.RunAsync(directory.FullName, address, tooLate.Token) && await server)
    {
        Console.WriteLine("Ironhouse2 test OK");
        return 0;
    }
}
catch (Exception e)
{
    Console.Error.WriteLine($"Enrolment: {e.Message}");
}
finally
{
    directory.Delete(recursive: true);
}

return 1;
