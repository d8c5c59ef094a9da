#!/usr/bin/env bash
# Measures this library against libzmq and NetMQ on this machine, in turns, and prints who is how many times as fast.
#
#   benchmarks/compare.sh [--quick] [--no-build] [options of Zmtp.Compare; --help prints them]
#
# Needs Linux and the .NET SDK; gcc and libzmq's headers are installed if they are not there. Exit code 0 only if every cell has been
# measured: goals that are missed are shown, not counted as failures.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
build=1
check=0
arguments=()
for argument in "$@"; do
    case $argument in
        -h | --help) exec cat benchmarks/Zmtp.Compare/usage.txt ;;
        --no-build) build=0 ;;
        --check) check=1 ;;
        --*)
            if ! grep -qwF -e "$argument" benchmarks/Zmtp.Compare/usage.txt; then
                echo "There is no option $argument; --help prints those that there are." >&2
                exit 2
            fi
            arguments+=("$argument")
            ;;
        *) arguments+=("$argument") ;;
    esac
done

# The program over libzmq reads /proc, ends with its parent and gives memory back, each by what only Linux has. Nor has the bash of a Mac what
# comes next.
if [ "$(uname -s)" != Linux ]; then
    echo "error: this measures on Linux only: the program over libzmq is written for it." >&2
    exit 1
fi

# Where the environment sets up the runtime otherwise, that goes before what the programs ask for, and all of them would be measured so.
for name in $(compgen -e); do
    if [[ ${name^^} =~ ^(DOTNET|COMPLUS)_(TIERED|TC_|OSR|READYTORUN|JIT|ENABLE|GC|THREADPOOL_|SYSTEM_NET_|PGO) ]]; then unset "$name"; fi
done

has_headers() {
    echo '#include <zmq.h>' | gcc -E - >/dev/null 2>&1
}

# Compilers that stay after a build would disturb what is measured.
build() {
    dotnet build "$1" -c Release -v quiet --disable-build-servers </dev/null >&2
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

compare=benchmarks/Zmtp.Compare/bin/Release/net10.0/Zmtp.Compare.dll
# First of all this one: it knows whether the options make sense.
[ $build -eq 0 ] || build benchmarks/Zmtp.Compare
dotnet $compare --check "${arguments[@]}" </dev/null
[ $check -eq 0 ] || exit 0

if [ $build -eq 1 ]; then
    install_tools
    mkdir -p benchmarks/peers/libzmq/bin
    gcc -O2 -std=gnu11 -Wall -Wextra -Werror benchmarks/peers/libzmq/*.c -o benchmarks/peers/libzmq/bin/libzmq-perf -lzmq -lpthread -lm
    build benchmarks/Zmtp.Perf
    build benchmarks/peers/netmq
fi

exec dotnet $compare "${arguments[@]}" </dev/null
