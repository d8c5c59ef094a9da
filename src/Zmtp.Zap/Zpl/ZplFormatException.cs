namespace Zmtp.Zap;

/// <summary>A text is not ZPL (RFC 4), or not what it should be (a certificate). One bad line refuses the whole text.</summary>
public sealed class ZplFormatException : FormatException
{
    /// <summary>Creates an error.</summary>
    /// <param name="message">A sentence that says what is wrong and what to check.</param>
    /// <param name="file">The file's path, or null for text from elsewhere.</param>
    /// <param name="line">The line, from 1; 0 when the error is of the text as a whole.</param>
    /// <param name="column">The column in octets, from 1; 0 when the error is of the line as a whole.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public ZplFormatException(string message, string? file = null, int line = 0, int column = 0, Exception? innerException = null)
        : base(Place(file, line, column) + message, innerException)
    {
        File = file;
        Line = line;
        Column = column;
    }

    /// <summary>The file's path, or null for text from elsewhere.</summary>
    public string? File { get; }

    /// <summary>The line, from 1; 0 when the error is of the text as a whole.</summary>
    public int Line { get; }

    /// <summary>The column in octets, from 1; 0 when the error is of the line as a whole.</summary>
    public int Column { get; }

    private static string Place(string? file, int line, int column) => (file, line, column) switch
    {
        (null, 0, _) => "",
        (null, _, 0) => $"Line {line}: ",
        (null, _, _) => $"Line {line}, column {column}: ",
        (_, 0, _) => $"{file}: ",
        (_, _, 0) => $"{file}, line {line}: ",
        _ => $"{file}, line {line}, column {column}: ",
    };
}
