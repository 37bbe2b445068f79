#!/usr/bin/env bash
# Runs pytest, in build/venv unless PYTEST_PYTHON says otherwise; its last line is "N passed, N failed, N skipped".
set -u
cd "$(dirname "$0")/.." || exit
out=$("${PYTEST_PYTHON:-build/venv/bin/python}" -B -m pytest -c tests/pyproject.toml --rootdir=tests "$@" 2>&1)
rc=$?
count() {
    local n
    n=$(grep -E '^[0-9]+ .* in [0-9.]+s' <<<"$out" | tail -n 1 | grep -oE "[0-9]+ $1" | cut -d' ' -f1)
    echo "${n:-0}"
}
failed=$(($(count failed) + $(count error)))
if [ "$rc" -ne 0 ]; then
    printf '%s\n' "$out"
    [ "$failed" -gt 0 ] || failed=1
fi
printf '%d passed, %d failed, %d skipped\n' "$(count passed)" "$failed" "$(count skipped)"
[ "$rc" -eq 0 ]
