#!/usr/bin/env bash
# Measures this library against libzmq and NetMQ on this machine, in turns, and prints who is how many times as fast.
#
#   benchmarks/compare.sh [--quick] [--no-build] [options of Zmtp.Compare; --help prints them]
#
# Needs the .NET SDK; gcc and libzmq's headers are installed if they are not there. Exit code 0 only if every cell has been measured:
# goals that are missed are shown, not counted as failures.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
build=1
arguments=()
for argument in "$@"; do
    if [ "$argument" = --no-build ]; then build=0; else arguments+=("$argument"); fi
done

has_headers() {
    echo '#include <zmq.h>' | gcc -E - >/dev/null 2>&1
}

install_tools() {
    local missing=() as_root=()
    command -v gcc >/dev/null || missing+=(gcc libc6-dev)
    has_headers || missing+=(libzmq3-dev)
    [ ${#missing[@]} -eq 0 ] && return
    [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
    echo "installing ${missing[*]}" >&2
    if ! command -v apt-get >/dev/null ||
        ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c \
            "apt-get update -q && apt-get install -y -q --no-install-recommends ${missing[*]}" </dev/null >&2; then
        echo "error: ${missing[*]} could not be installed. Install gcc and the headers of libzmq by hand." >&2
        exit 1
    fi
}

if ! command -v dotnet >/dev/null; then
    echo "error: the .NET SDK named in global.json is needed; 'dotnet' is not on the PATH." >&2
    exit 1
fi

if [ $build -eq 1 ]; then
    install_tools
    mkdir -p benchmarks/peers/libzmq/bin
    gcc -O2 -std=gnu11 -Wall -Wextra -Werror benchmarks/peers/libzmq/*.c -o benchmarks/peers/libzmq/bin/libzmq-perf -lzmq -lpthread -lm
    for project in benchmarks/Zmtp.Perf benchmarks/peers/netmq benchmarks/Zmtp.Compare; do
        dotnet build "$project" -c Release -v quiet </dev/null >&2
    done
fi

exec dotnet benchmarks/Zmtp.Compare/bin/Release/net10.0/Zmtp.Compare.dll "${arguments[@]}" </dev/null
