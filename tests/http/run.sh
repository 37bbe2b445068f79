#!/usr/bin/env bash
# Starts oat-httpd over a store that examples/demo_data writes, and asks it things: what users ask, and
# what nobody should. Each check_*.py has daemons of its own over that store, and changes copies of it only.
# Ends in "N passed, N failed".
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build/release}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
OAT_DATA_DIR=$scratch/store "$build/examples/demo_data" --traces 120 >"$scratch/demo.log"

run() {
    build/venv/bin/python -B "tests/http/check_$1.py" "$build" "$scratch"
}

# Most of it is waiting for the daemon to lose its patience.
{
    status=0
    run attacks >"$scratch/attacks.log" 2>&1 || status=$?
    echo $status >"$scratch/attacks.status"
} &
attacks=$!
checks=()
for check in tests/http/check_*.py; do
    name=$(basename "$check" .py)
    name=${name#check_}
    [ "$name" = attacks ] || checks+=("$name=build/venv/bin/python -B $check '$build' '$scratch'")
done
checks+=("attacks=tail --pid=$attacks -f /dev/null; cat '$scratch/attacks.log'; exit \$(cat '$scratch/attacks.status')")
tests/run_all.sh http 300 "${checks[@]}"
