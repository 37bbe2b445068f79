#!/usr/bin/env bash
# Starts oat-httpd over a store that examples/demo_data writes, and asks it things: what users ask, and
# what nobody should. Each check_*.py has a copy of that store, and daemons of its own.
# Ends in "N passed, N failed".
#
# run.sh [CHECK...]: only these, for as long as it takes.
set -eu
cd "$(dirname "$0")/../.."
export BUILD=${BUILD:-build/release}
stores=$(mktemp -d)
trap 'rm -rf "$stores"' EXIT
OAT_DATA_DIR=$stores/store "$BUILD/examples/demo_data" --traces 120 >"$stores/demo.log"

ask_daemons() {
    mkdir "$stores/$1" &&
        cp -r "$stores/store" "$stores/$1" &&
        build/venv/bin/python -B "tests/http/check_$1.py" "$BUILD" "$stores/$1"
}

if [ $# -gt 0 ]; then
    for check in "$@"; do
        ask_daemons "$check"
    done
    exit
fi

# Those that wait most of the time, for the daemon to lose its patience or for a threshold to be passed for
# long enough, do so beside the others.
in_background() {
    local status=0
    ask_daemons "$1" >"$stores/$1.log" 2>&1 || status=$?
    echo $status >"$stores/$1.status"
}
checks=()
waiting=()
for name in alerts attacks; do
    in_background $name &
    waiting+=("$name=tail --pid=$! -f /dev/null; cat '$stores/$name.log'; exit \$(cat '$stores/$name.status')")
done
for check in tests/http/check_*.py; do
    name=$(basename "$check" .py)
    name=${name#check_}
    [[ ${waiting[*]} == *"$name="* ]] || checks+=("$name=ask_daemons $name")
done
checks+=("${waiting[@]}")
export stores
export -f ask_daemons
tests/run_all.sh http 300 "${checks[@]}"
