using System.Runtime.InteropServices;
using Zmtp.Cli;
using Zmtp.Cli.Consoles;

// The first signal asks the command to end; a second one is the system's again, for a command that does not.
// It is never disposed of: a handler may still be running when its registration has ended, and one that then cancels what is disposed of would
// throw on a thread of the system's and abort the process.
var interrupt = new CancellationTokenSource();
void OnSignal(PosixSignalContext signal)
{
    if (interrupt.IsCancellationRequested) return;
    signal.Cancel = true;
    interrupt.Cancel();
}

using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
return (int)await CliApp.RunAsync(args, new SystemConsole(), interrupt.Token);
