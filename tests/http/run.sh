#!/usr/bin/env bash
# Starts oat-httpd over a store that examples/demo_data writes, and asks it things: what users ask, and
# what nobody should. Each check_*.py has a copy of that store, and daemons of its own over it; most of the time
# they wait, so four run at once. Ends in "N passed, N failed".
#
# run.sh [CHECK...]: only these, one after the other, for as long as it takes.
set -eu
cd "$(dirname "$0")/../.."
export build=${BUILD:-build/release}
scratch=$(mktemp -d)
export scratch
# What AddressSanitizer keeps from being used again counts as the memory of the daemon.
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:quarantine_size_mb=64
trap 'rm -rf "$scratch"' EXIT
OAT_DATA_DIR=$scratch/store "$build/examples/demo_data" --traces 120 >"$scratch/demo.log"

run() {
    mkdir "$scratch/$1"
    cp -R "$scratch/store" "$scratch/$1/store"
    build/venv/bin/python -B "tests/http/check_$1.py" "$build" "$scratch/$1"
}

if [ $# -gt 0 ]; then
    for check in "$@"; do
        run "$check"
    done
    exit
fi

# Leaves what a check printed, and its exit code.
run_aside() {
    local status=0
    run "$1" >"$scratch/$1.log" 2>&1 || status=$?
    echo $status >"$scratch/$1.status"
}
export -f run run_aside

# The long ones first; none begins when the others have just ended.
names=(alerts attacks ship live ingest access daemon)
for check in tests/http/check_*.py; do
    name=${check##*/check_}
    [[ " ${names[*]} " == *" ${name%.py} "* ]] || names+=("${name%.py}")
done
printf '%s\n' "${names[@]}" | xargs -P 4 -I{} bash -c 'run_aside {}' &
lanes=$!
trap 'kill $lanes 2>/dev/null || true; rm -rf "$scratch"' EXIT
checks=()
for name in "${names[@]}"; do
    checks+=("$name=until [ -s '$scratch/$name.status' ]; do sleep 0.1; done
        cat '$scratch/$name.log'; exit \$(cat '$scratch/$name.status')")
done
tests/run_all.sh http 300 "${checks[@]}"
