using System.Text;
using Microsoft.Win32.SafeHandles;
using Spectre.Console;

namespace Zmtp.Cli.Consoles;

/// <summary>The process's own console.</summary>
internal sealed class SystemConsole : IConsole
{
    private const int StandardOutput = 1;

    /// <summary>Lines that go to a file or a program are never wrapped.</summary>
    private const int WidthWithoutTerminal = 16 * 1024;

    public SystemConsole()
    {
        Out = new OutputStream(OpenOut());

        // A terminal has an encoding of its own. Programs and files get UTF-8 whatever the locale, as JSON has to be.
        OutText = Console.IsOutputRedirected
            ? TextWriter.Synchronized(new StreamWriter(Out, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true })
            : Console.Out;
        Error = Console.IsErrorRedirected
            ? TextWriter.Synchronized(new StreamWriter(new ErrorStream(Console.OpenStandardError()), Console.Error.Encoding) { AutoFlush = true })
            : Console.Error;
    }

    public Stream In { get; } = Console.OpenStandardInput();

    public Stream Out { get; }

    public TextWriter OutText { get; }

    public TextWriter Error { get; }

    public bool IsInteractive => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    public bool IsOutTerminal => !Console.IsOutputRedirected;

    public TimeProvider Time => TimeProvider.System;

    public string? Variable(string name) => Environment.GetEnvironmentVariable(name);

    public IAnsiConsole Screen(bool withColour) => CreateScreen(OutText, IsOutTerminal, withColour && !HasNoColour());

    public async Task<string> AskAsync(string question, CancellationToken cancellationToken)
    {
        var screen = CreateScreen(Error, isTerminal: true, withColour: !HasNoColour());
        return await new TextPrompt<string>(Markup.Escape(question) + ":") { AllowEmpty = true }.ShowAsync(screen, cancellationToken);
    }

    // Key by key and not by a prompt of the library, which would leave the password behind in a string.
    public async Task<Secret> AskSecretAsync(string question, CancellationToken cancellationToken)
    {
        await Error.WriteAsync($"{question}: ");
        await Error.FlushAsync(cancellationToken);
        return await Task.Run(ReadSecret, CancellationToken.None).WaitAsync(cancellationToken);
    }

    /// <summary>A screen over a writer.</summary>
    internal static IAnsiConsole CreateScreen(TextWriter writer, bool isTerminal, bool withColour)
    {
        // A terminal without colours is written to as one that knows sequences, and is sent none: the library's other way of writing
        // sets the colours back by the system's console, which sends a sequence for that whatever they are.
        var screen = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = !isTerminal ? AnsiSupport.No : withColour ? AnsiSupport.Detect : AnsiSupport.Yes,
            ColorSystem = isTerminal && withColour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        if (isTerminal) return screen;
        screen.Profile.Width = WidthWithoutTerminal;
        screen.Profile.Capabilities.Ansi = false;
        return screen;
    }

    /// <summary>
    /// The console's own stream takes no notice when the program at the other end of a pipe has ended, and a command that shows messages
    /// would go on for ever. A file stream does; but to a file it would write at places of its own, whatever other programs write there.
    /// </summary>
    private static Stream OpenOut()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected) return Console.OpenStandardOutput();
        var stream = new FileStream(new SafeFileHandle(StandardOutput, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }

    private Secret ReadSecret()
    {
        var secret = new Secret();
        try
        {
            while (true)
            {
                var key = Console.ReadKey(intercept: true);
                if (key.Key == ConsoleKey.Enter) break;
                if (key.Key == ConsoleKey.Backspace) secret.Backspace();
                else if (!char.IsControl(key.KeyChar)) secret.Append(key.KeyChar);
            }
        }
        catch
        {
            secret.Dispose();
            throw;
        }
        finally
        {
            Error.WriteLine();
        }

        return secret;
    }

    // https://no-color.org: present and not empty, whatever its value.
    private bool HasNoColour() => !string.IsNullOrEmpty(Variable("NO_COLOR"));
}
