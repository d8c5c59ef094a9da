// The Ironhouse Pattern, Model 2
//
// The same in two tasks that share nothing but files, as two programs on two machines would: certificates come from disk, and
// every failure is told apart.

using Ironhouse2;
using Zmtp;
using Zmtp.Zap;

using var tooLate = new CancellationTokenSource(TimeSpan.FromSeconds(20));
var directory = Directory.CreateTempSubdirectory("ironhouse2");
try
{
    Enrolment.Prepare(directory.FullName);
    var endpoint = new TaskCompletionSource<string>();
    var server = Server.RunAsync(directory.FullName, endpoint, tooLate.Token);
    var client = Client.RunAsync(directory.FullName, await endpoint.Task.WaitAsync(tooLate.Token), tooLate.Token);
    if (await client && await server)
    {
        Console.WriteLine("Ironhouse2 test OK");
        return 0;
    }
}
catch (Exception e) when (e is ZmtpException or ZplFormatException or IOException or UnauthorizedAccessException or OperationCanceledException)
{
    Console.Error.WriteLine(e.Message);
}
finally
{
    directory.Delete(recursive: true);
}

return 1;
