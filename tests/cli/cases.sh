#!/usr/bin/env bash
# Runs the cases of tests/cli/cases: NAME.case in a scratch directory that holds a store (.oat), its
# output (both streams, "exit N" for other codes than 0) byte for byte against NAME.out.
# `cases.sh --update` writes the outputs anew: read the difference.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$PWD/${BUILD:-build/release}
cases=$PWD/tests/cli/cases
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
unset OAT_DATA_DIR
export TZ=UTC LC_ALL=C.UTF-8 NO_COLOR=1

# Shows a command as it is typed, runs it, and says how it ended.
oat() {
    echo "\$ oat${*:+ $*}"
    "$build/oat" "$@" 2>&1
    local code=$?
    [ $code -eq 0 ] || echo "exit $code"
}

passed=0 failed=0
for case in "$cases"/*.case; do
    name=$(basename "$case" .case)
    mkdir -p "$scratch/$name/.oat"
    "$build/tests/cli/make_store" "$scratch/$name/.oat" || exit 1
    # shellcheck source=/dev/null
    (cd "$scratch/$name" && . "$case") >"$scratch/$name.out" 2>&1
    [ "${1:-}" != --update ] || cp "$scratch/$name.out" "$cases/$name.out"
    if diff -u "$cases/$name.out" "$scratch/$name.out"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
