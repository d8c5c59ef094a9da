using Zmtp.Security;

namespace Zmtp.Zap;

/// <summary>A verdict, and what it rests on.</summary>
/// <param name="Result">The verdict.</param>
/// <param name="PasswordSource">The store or policy that checked the password; null where there was none.</param>
/// <param name="PasswordVersion">What the store said stands for the user's entry; null where it says nothing.</param>
/// <param name="BeforePolicy">The verdict before a policy of the application was asked; null when none was.</param>
internal readonly record struct Judgement(
    AuthenticationResult Result,
    object? PasswordSource = null,
    string? PasswordVersion = null,
    AuthenticationResult? BeforePolicy = null);
