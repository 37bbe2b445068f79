#!/usr/bin/env bash
# Starts oat-httpd over a store that examples/demo_data writes, and asks it things: what users ask, and
# what nobody should. Each check_*.py has daemons of its own over that store, and changes copies of it only.
# Ends in "N passed, N failed".
#
# run.sh [CHECK...]: only these, for as long as it takes.
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build/release}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
OAT_DATA_DIR=$scratch/store "$build/examples/demo_data" --traces 120 >"$scratch/demo.log"

run() {
    build/venv/bin/python -B "tests/http/check_$1.py" "$build" "$scratch"
}

if [ $# -gt 0 ]; then
    for check in "$@"; do
        run "$check"
    done
    exit
fi

# Those that wait most of the time, for the daemon to lose its patience or for a threshold to be passed for
# long enough, do so beside the others.
in_background() {
    local status=0
    run "$1" >"$scratch/$1.log" 2>&1 || status=$?
    echo $status >"$scratch/$1.status"
}
checks=()
waiting=()
for name in alerts attacks; do
    in_background $name &
    waiting+=("$name=tail --pid=$! -f /dev/null; cat '$scratch/$name.log'; exit \$(cat '$scratch/$name.status')")
done
for check in tests/http/check_*.py; do
    name=$(basename "$check" .py)
    name=${name#check_}
    [[ ${waiting[*]} == *"$name="* ]] || checks+=("$name=build/venv/bin/python -B $check '$build' '$scratch'")
done
checks+=("${waiting[@]}")
tests/run_all.sh http 300 "${checks[@]}"
