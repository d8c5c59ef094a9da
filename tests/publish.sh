#!/usr/bin/env bash
# What ./test.sh leaves out because it takes minutes: the zmtp command as a native program and as a .NET tool, built and used.
#
#   tests/publish.sh [--artifacts DIRECTORY]
#
# --artifacts   build there and keep it, so that the next run is quicker; else a directory that is removed at the end.
#
# Needs clang and zlib's headers (Debian: clang zlib1g-dev). A warning of the trimmer or of the native compiler is an error.
# Exit code 0 only if everything held.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
artifacts=
while [ $# -gt 0 ]; do
    case $1 in
        --artifacts) artifacts=$(realpath -m "${2:?--artifacts needs a directory}"); shift ;;
        *) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
    shift
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
artifacts=${artifacts:-$work/artifacts}
passed=0
failed=0

# holds WHAT COMMAND...: runs it and counts.
holds() {
    local what=$1
    shift
    if "$@" >"$work/said" 2>&1 </dev/null; then
        passed=$((passed + 1))
        echo "ok      $what"
    else
        failed=$((failed + 1))
        echo "failed  $what: $*"
        tail -n 20 "$work/said"
    fi
}

finish() {
    echo "publish: $passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}

ends_with() {
    local code=$1
    shift
    timeout 30 "$@"
    [ $? -eq "$code" ]
}

has_only_one_owner() { [ "$(stat -c %a "$1")" = 600 ]; }

# A message from one process to the other, both with certificates.
message_arrives() {
    local zmtp=$1 said line
    exec {said}< <(exec timeout 30 "$zmtp" recv --bind 'tcp://127.0.0.1:*' --cert server.txt --certs clients --count 1 2>&1)
    IFS= read -r -t 20 line <&"$said" && [[ $line == "Listening at "* ]] || return
    timeout 30 "$zmtp" send "${line#Listening at }" --cert ann.txt --curve-server-key server.txt hello || return
    IFS= read -r -t 20 line <&"$said"
    exec {said}<&-
    [ "$line" = hello ]
}

user_is_verified() {
    printf 'another\n' | "$1" user add users.txt ann --password-stdin &&
        printf 'correct horse\n' | "$1" user add users.txt ann --password-stdin --force &&
        printf 'correct horse\n' | "$1" user verify users.txt ann --password-stdin &&
        ends_with 5 "$1" user verify users.txt ann --password-stdin <<<wrong
}

# use NAME ZMTP: what a user does first, in a directory of its own.
use() {
    local name=$1 zmtp=$2
    mkdir -p "$work/$name/clients"
    pushd "$work/$name" >/dev/null || return
    holds "$name: says its version" "$zmtp" --version
    holds "$name: makes a server's certificate" "$zmtp" cert new server.txt --name Server
    holds "$name: makes a client's certificate" "$zmtp" cert new ann.txt --name Ann
    holds "$name: the secret file is its owner's only" has_only_one_owner ann.txt_secret
    holds "$name: exports the public part" "$zmtp" cert export ann.txt_secret -o clients/ann.txt
    holds "$name: verifies" "$zmtp" cert verify ann.txt
    holds "$name: a message arrives under CURVE" message_arrives "$zmtp"
    holds "$name: a user's password is hashed and verified" user_is_verified "$zmtp"
    holds "$name: explains an endpoint that is none" ends_with 10 "$zmtp" check nonsense
    holds "$name: explains a command that is none" ends_with 2 "$zmtp" nonsense
    popd >/dev/null || return
}

runtime=$(dotnet msbuild src/Zmtp.Cli -getProperty:NETCoreSdkRuntimeIdentifier 2>/dev/null)
holds "native: compiles without a warning" dotnet publish src/Zmtp.Cli -c Release -r "$runtime" -v quiet \
    --artifacts-path "$artifacts/native" -o "$work/program"
if [ -x "$work/program/zmtp" ]; then use native "$work/program/zmtp"; fi

holds "tool: is packed" dotnet pack src/Zmtp.Cli -c Release -v quiet --artifacts-path "$artifacts/tool" -o "$work/packages"
holds "tool: is installed" dotnet tool install Zmtp.Cli --tool-path "$work/tools" --source "$work/packages"
if [ -x "$work/tools/zmtp" ]; then use tool "$work/tools/zmtp"; fi
finish
