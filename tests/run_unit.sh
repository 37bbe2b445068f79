#!/usr/bin/env bash
# Runs cmocka programs, one on each processor at a time; prints the output of those that fail and one last
# line "N passed, N failed, N skipped". A program that ends without a failed test of its own (a crash, a
# sanitizer's report, its time being up) counts as one.
set -u
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0 skipped=0

# run_one SCRATCH TEST: leaves what it printed, and its exit code
run_one() {
    local to=$1/${2##*/}
    timeout --kill-after=10 "${OAT_TEST_TIMEOUT:-300}" "$2" >"$to.out" 2>&1 </dev/null
    echo $? >"$to.rc"
}
export -f run_one
# shellcheck disable=SC2016 # for the inner bash to expand
[ $# -eq 0 ] || printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -I{} bash -c 'run_one "$0" "$1"' "$scratch" {}

# cmocka names a test that failed or was skipped once where it ran and once in its summary.
count() {
    grep -aoE "^\[ *$1 *\] [A-Za-z_0-9]+$" "$out" | sort -u | grep -c .
}
for test in "$@"; do
    out=$scratch/${test##*/}.out
    rc=$(cat "$scratch/${test##*/}.rc")
    f=$(count FAILED)
    if [ "$rc" != 0 ]; then
        [ "$f" -gt 0 ] || f=1
        cat "$out"
        printf '%s exited with %s\n' "$test" "$rc"
    fi
    passed=$((passed + $(count OK))) failed=$((failed + f)) skipped=$((skipped + $(count SKIPPED)))
done
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
