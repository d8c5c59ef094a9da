namespace Zmtp.Sockets.Reporting;

/// <summary>Whether something is worth a line that people see.</summary>
internal enum News
{
    /// <summary>Say it.</summary>
    Fresh,

    /// <summary>It was said a short while ago.</summary>
    Old,

    /// <summary>There is more news than anybody can read: say that once, and this no more than what is old.</summary>
    TooMuch,

    /// <summary>As <see cref="TooMuch"/>, of this one peer alone.</summary>
    TooMuchOfOne,
}
