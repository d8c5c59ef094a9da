using Zmtp.Zap;

namespace Zmtp.Cli.Commands.User;

/// <summary>Changes password files that others may change at the same time.</summary>
internal static class PasswordFileChange
{
    // Of those who begin at once one is done in each round: more than there are administrators.
    private const int Rounds = 50;

    /// <summary>Opens a file, changes it and saves it; and does so anew when somebody else has changed it in between.</summary>
    /// <param name="file">The file.</param>
    /// <param name="change">What is to be done; what it returns is returned.</param>
    public static T Run<T>(string file, Func<PasswordFileEditor, T> change)
    {
        for (var round = 1; ; round++)
        {
            using var editor = PasswordFileEditor.Open(file);
            var result = change(editor);
            try
            {
                editor.Save();
                return result;
            }
            catch (ChangedMeanwhileException) when (round < Rounds)
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
