#!/usr/bin/env bash
# What ./test.sh leaves out because it takes minutes: the zmtp command as a native program and as a .NET tool, and the packages of the
# library, built and used.
#
#   tests/publish.sh [--artifacts DIRECTORY]
#
# --artifacts   build there and keep it, so that the next run is quicker; else a directory that is removed at the end.
#
# Needs clang, zlib's headers and unzip (Debian: clang zlib1g-dev unzip). A warning of the trimmer or of the native compiler is an error.
# Exit code 0 only if everything held.
set -uo pipefail

# Where others may write to the directory of clients, the first line is a warning.
umask 022
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
artifacts=
while [ $# -gt 0 ]; do
    case $1 in
        --artifacts) artifacts=$(realpath -m "${2:?--artifacts needs a directory}"); shift ;;
        *) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2 ;;
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

# use_if_there NAME ZMTP: that there is none to use is one failure, not ten, nor nothing at all.
use_if_there() {
    holds "$1: is there and may be run" test -x "$2"
    if [ -x "$2" ]; then use "$1" "$2"; fi
}

# A version that is published nowhere, so that no source has it but ours.
version=0.0.0-packed

pack() {
    dotnet pack "src/$1" -c Release -v quiet -p:Version=$version --artifacts-path "$artifacts/packages" -o "$work/packages"
}

# A program of somebody who has nothing but the packages; those it restores stay out of the user's.
write_consumer() {
    mkdir -p "$work/consumer"
    cat >"$work/consumer/consumer.csproj" <<EOF
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <RestoreAdditionalProjectSources>$work/packages</RestoreAdditionalProjectSources>
    <RestorePackagesPath>$work/restored</RestorePackagesPath>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Zmtp.Sockets" Version="[$version]" />
  </ItemGroup>
</Project>
EOF
    cat >"$work/consumer/Program.cs" <<'EOF'
using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Zap;

using var server = Certificate.Generate();
using var client = Certificate.Generate();
await using var context = new ZmtpContext();
await using var pull = new PullSocket(context, new() { Security = CurveSecurity.Server(server, CurveClients.AllowAny) });
await using var push = new PushSocket(context, new() { Security = CurveSecurity.Client(client, server.PublicKey) });
try
{
    push.Connect("nonsense");
}
catch (FormatException error)
{
    Console.WriteLine(error.StackTrace); // names files of the library
}

push.Connect(await pull.BindAsync("tcp://127.0.0.1:*"));
push.Send("hello");
using var message = pull.Receive(TimeSpan.FromSeconds(20));
return message.AsString() == "hello" ? 0 : 1;
EOF
}

packages_say_exact_versions() {
    local package
    for package in Mechanisms Zap Sockets; do
        unzip -p "$work/packages/Zmtp.$package.$version.nupkg" "Zmtp.$package.nuspec" | grep 'id="Zmtp\.' |
            grep -F "version=\"[$version]\"" || return
    done
}

# That the traces name the library's files shows that they would tell.
stack_traces_say_nothing_of_this_machine() {
    timeout 60 dotnet "$work/consumed/consumer.dll" >"$work/trace" || return
    cat "$work/trace"
    grep -F ' in /_/src/Zmtp.Sockets/' "$work/trace" && ! grep -F "$PWD" "$work/trace"
}

runtime=$(dotnet msbuild src/Zmtp.Cli -getProperty:NETCoreSdkRuntimeIdentifier 2>/dev/null)
holds "native: compiles without a warning" dotnet publish src/Zmtp.Cli -c Release -r "$runtime" -v quiet \
    --artifacts-path "$artifacts/native" -o "$work/program"
use_if_there native "$work/program/zmtp"

holds "tool: is packed" dotnet pack src/Zmtp.Cli -c Release -v quiet -p:Version=$version \
    --artifacts-path "$artifacts/tool" -o "$work/packages"
holds "tool: is installed" dotnet tool install Zmtp.Cli --prerelease --tool-path "$work/tools" --source "$work/packages"
use_if_there tool "$work/tools/zmtp"

for package in Core Mechanisms Zap Sockets; do holds "packages: Zmtp.$package is packed" pack "Zmtp.$package"; done
holds "packages: refer to each other by exact versions" packages_say_exact_versions
write_consumer
holds "packages: a program is built that has nothing else" dotnet build "$work/consumer" -v quiet -o "$work/consumed"
holds "packages: the program sends itself a message under CURVE" timeout 60 dotnet "$work/consumed/consumer.dll"
holds "packages: stack traces say nothing of where they were made" stack_traces_say_nothing_of_this_machine
finish
