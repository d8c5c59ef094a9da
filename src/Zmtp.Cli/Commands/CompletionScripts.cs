namespace Zmtp.Cli.Commands;

/// <summary>For each shell the script that asks this command what could stand at the cursor: <c>zmtp "[suggest:position]" "line"</c>.</summary>
internal static class CompletionScripts
{
    public static readonly IReadOnlyDictionary<string, string> ByShell = new Dictionary<string, string>
    {
        ["bash"] =
            """
            # zmtp completion for bash
            _zmtp() {
                local word=${COMP_WORDS[COMP_CWORD]}
                local IFS=$'\n'
                COMPREPLY=($(compgen -W "$(zmtp "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "$word"))
            }
            complete -o default -F _zmtp zmtp

            """,
        ["zsh"] =
            """
            #compdef zmtp
            # zmtp completion for zsh
            _zmtp() {
                local -a suggestions
                suggestions=("${(@f)$(zmtp "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
                compadd -- $suggestions
                _files
            }
            # From a directory of fpath this file is run as the function, the first time as a whole; else it is sourced.
            if [ "$funcstack[1]" = "_zmtp" ]; then _zmtp "$@"; else compdef _zmtp zmtp; fi

            """,
        ["fish"] =
            """
            # zmtp completion for fish
            function __zmtp_complete
                zmtp "[suggest:"(commandline -C)"]" (commandline | string collect) 2>/dev/null
            end
            complete -c zmtp -a '(__zmtp_complete)'

            """,
        ["pwsh"] =
            """
            # zmtp completion for PowerShell
            Register-ArgumentCompleter -Native -CommandName zmtp -ScriptBlock {
                param($wordToComplete, $commandAst, $cursorPosition)
                zmtp "[suggest:$cursorPosition]" "$commandAst" 2>$null | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
                }
            }

            """,
    };
}
