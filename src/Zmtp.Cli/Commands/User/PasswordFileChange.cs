using Zmtp.Zap;

namespace Zmtp.Cli.Commands.User;

/// <summary>Changes password files that others may change at the same time.</summary>
internal static class PasswordFileChange
{
    // Changes that begin at the same time are made one after another, and each has to be written to the disk.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Opens a file, changes it and saves it; and does so anew when somebody else has changed it in between.</summary>
    /// <param name="file">The file.</param>
    /// <param name="time">What the patience goes by.</param>
    /// <param name="change">What is to be done; what it returns is returned.</param>
    public static T Run<T>(string file, TimeProvider time, Func<PasswordFileEditor, T> change)
    {
        for (var start = time.GetTimestamp(); ;)
        {
            using var editor = PasswordFileEditor.Open(file);
            var result = change(editor);
            try
            {
                editor.Save();
                return result;
            }
            catch (ChangedMeanwhileException) when (time.GetElapsedTime(start) < Patience)
            {
                // The change is made to what is there now.
            }
            catch (InvalidOperationException error)
            {
                // The file, as it would be, is one that a server refuses, or refuses somebody of.
                throw new CliException(ExitCode.File, error.Message, error);
            }
        }
    }
}
