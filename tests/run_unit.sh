#!/usr/bin/env bash
# Runs cmocka programs one after the other; prints the output of those that fail and one last line
# "N passed, N failed, N skipped". A program that ends without a failed test of its own (a crash, a
# sanitizer's report, its time being up) counts as one.
set -u
passed=0 failed=0 skipped=0
# cmocka names a test that failed or was skipped once where it ran and once in its summary.
count() {
    grep -aoE "^\[ *$1 *\] [A-Za-z_0-9]+$" <<<"$out" | sort -u | grep -c .
}
for test in "$@"; do
    out=$(timeout --kill-after=10 "${OAT_TEST_TIMEOUT:-300}" "$test" 2>&1 </dev/null)
    rc=$?
    f=$(count FAILED)
    if [ "$rc" -ne 0 ]; then
        [ "$f" -gt 0 ] || f=1
        printf '%s\n%s exited with %d\n' "$out" "$test" "$rc"
    fi
    passed=$((passed + $(count OK))) failed=$((failed + f)) skipped=$((skipped + $(count SKIPPED)))
done
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
