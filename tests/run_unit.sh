#!/usr/bin/env bash
# Runs cmocka programs one after the other; prints the output of those that fail and one last line
# "N passed, N failed, N skipped".
set -u
passed=0 failed=0 skipped=0 broken=0
for test in "$@"; do
    out=$(timeout "${OAT_TEST_TIMEOUT:-300}" "$test" 2>&1)
    rc=$?
    p=$(grep -c '^\[       OK \]' <<<"$out")
    f=$(grep -c '^\[  FAILED  \] [a-z_0-9]*$' <<<"$out")
    s=$(grep -c '^\[  SKIPPED \] [a-z_0-9]*$' <<<"$out")
    passed=$((passed + p)) skipped=$((skipped + s))
    if [ "$rc" -ne 0 ]; then
        [ "$f" -gt 0 ] || f=1
        failed=$((failed + f)) broken=1
        printf '%s\n%s exited with %d\n' "$out" "$test" "$rc"
    fi
done
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
exit "$broken"
