#!/usr/bin/env bash
# Builds everything, runs every test, writes docs/CONFORMANCE.md and ends with the real counts.
#
#   ./test.sh [--no-build] [--filter EXPRESSION]
#
# --no-build   test what was built before (Release).
# --filter     run only the tests that match (see "dotnet test --filter"); the conformance report is left alone.
#
# Exit code 0 only if no test failed and none was skipped. What only root can see may be skipped for anybody else, and nothing but that.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
configuration=Release
build=1
filter=
while [ $# -gt 0 ]; do
    case $1 in
        --no-build) build=0 ;;
        --filter) filter=${2:?--filter needs an expression}; shift ;;
        *) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
    shift
done

passed=0
failed=0
skipped=0
root_only=0

# Why a test is skipped that only root can see the outcome of.
root_reason=$(sed -n 's/.*Skip = "\(.*\)";.*/\1/p' tests/Zmtp.Zap.Tests/Support/RootFactAttribute.cs)

# A filter that matches nothing has shown nothing.
finish() {
    if [ -n "$filter" ] && [ $((passed + failed + skipped)) -eq 0 ]; then
        echo "error: no test matches the filter." >&2
        failed=1
    fi
    local may_skip=0
    if [ "$skipped" -gt 0 ] && [ "$(id -u)" -ne 0 ]; then
        if [ "$root_only" -gt 0 ]; then
            echo "skipped: what only root can see was not tested; run ./test.sh as root to see it."
        fi
        if [ "$skipped" -eq "$root_only" ]; then
            may_skip=1
        else
            echo "error: $((skipped - root_only)) skipped for another reason than that only root can see it." >&2
        fi
    fi
    echo "tests: $passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ] && { [ "$skipped" -eq 0 ] || [ "$may_skip" -eq 1 ]; }
    exit
}

# The peers of the interoperability tests. Where they cannot be installed those tests fail; they are never skipped.
has_library() {
    PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep -q "$1" || compgen -G "/usr/lib/*/$1" >/dev/null ||
        compgen -G "/usr/local/lib/$1" >/dev/null
}

install_peers() {
    local missing=() as_root=()
    has_library libzmq.so.5 || missing+=(libzmq5)
    has_library libczmq.so.4 || missing+=(libczmq4)
    [ ${#missing[@]} -eq 0 ] && return
    [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
    echo "installing ${missing[*]}"
    if ! command -v apt-get >/dev/null ||
        ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c \
            "apt-get update -q && apt-get install -y -q --no-install-recommends ${missing[*]}" </dev/null; then
        echo "error: ${missing[*]} could not be installed. Install libzmq (libzmq.so.5) and CZMQ (libczmq.so.4) by hand;" \
            "without them the interoperability tests fail." >&2
    fi
}

if ! command -v dotnet >/dev/null; then
    echo "error: the .NET SDK named in global.json is needed; 'dotnet' is not on the PATH." >&2
    failed=1
    finish
fi

install_peers

if [ $build -eq 1 ] && ! dotnet build Zmtp.sln -c $configuration -v quiet </dev/null; then
    echo "error: the build failed." >&2
    failed=1
    finish
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# One attribute of a trx file's Counters element.
counter() {
    sed -n "s/.*<Counters .*\b$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1
}

# How many tests of a trx file were skipped since only root can see their outcome. The reason stands inside the result.
count_root_only() {
    awk -v reason="$root_reason" '
        /<UnitTestResult / { is_skipped = / outcome="NotExecuted"/ }
        is_skipped && reason != "" && index($0, reason) { count++; is_skipped = 0 }
        /<\/UnitTestResult>|<\/Results>/ { is_skipped = 0 }
        END { print count + 0 }' "$1"
}

# Runs tests of a project and counts them.
#
#   run PROJECT NAME FILTER [VARIABLE=VALUE ...]
#
# NAME is that of the run, FILTER is empty for all of its tests; the variables are set for this run alone.
run() {
    local project=$1 name=$2 only=$3 trx=$results/$2.trx code total=0 executed run_passed run_failed=0
    shift 3
    env "$@" dotnet test "$project" -c $configuration --no-build --results-directory "$results" --logger "trx;LogFileName=$name.trx" \
        --blame-hang-timeout 10m --blame-hang-dump-type none ${only:+--filter "$only"} </dev/null
    code=$?
    if [ -f "$trx" ]; then
        total=$(counter "$trx" total)
        executed=$(counter "$trx" executed)
        run_passed=$(counter "$trx" passed)
        run_failed=$((executed - run_passed))
        passed=$((passed + run_passed))
        failed=$((failed + run_failed))
        skipped=$((skipped + total - executed))
        root_only=$((root_only + $(count_root_only "$trx")))
    fi

    # A run that broke off or found nothing counts as a failure, whatever it had counted before.
    if [ $code -ne 0 ] && [ $run_failed -eq 0 ] || { [ "$total" -eq 0 ] && [ -z "$filter" ]; }; then
        echo "error: the test run of $name broke off or found no test (exit code $code)." >&2
        failed=$((failed + 1))
    fi
}

assemblies=()
for project in tests/*.Tests/*.csproj; do
    name=$(basename "$project" .csproj)
    assemblies+=("tests/$name/bin/$configuration/net10.0/$name.dll")
    run "$project" "$name" "$filter"
done

# What is about the vectors once more, as machines without AVX-512 run it, and those without AVX2: a test holds the run to it.
mechanisms=tests/Zmtp.Mechanisms.Tests/Zmtp.Mechanisms.Tests.csproj
vectors="FullyQualifiedName~Salsa20|FullyQualifiedName~Poly1305|FullyQualifiedName~Cipher"
[ -z "$filter" ] || vectors="($vectors)&($filter)"
run "$mechanisms" Zmtp.Mechanisms.Tests.8-lanes "$vectors" DOTNET_EnableAVX512=0 ZMTP_MOST_LANES=8
run "$mechanisms" Zmtp.Mechanisms.Tests.4-lanes "$vectors" DOTNET_EnableAVX2=0 ZMTP_MOST_LANES=4

if [ -z "$filter" ]; then
    dotnet tests/Zmtp.Conformance/bin/$configuration/net10.0/Zmtp.Conformance.dll \
        docs/conformance-rows.tsv "$results" docs/CONFORMANCE.md "${assemblies[@]}"
    code=$?
    if [ $code -gt 1 ]; then
        echo "error: the conformance report is not right (exit code $code)." >&2
        failed=$((failed + 1))
    fi
fi

finish
