#!/usr/bin/env bash
# Runs checks one after the other, whatever becomes of each, and sums what they counted.
#
#   run_all.sh NAME BUDGET_S LABEL=COMMAND...     checks: their output is shown only when they fail
#   run_all.sh --parts NAME LABEL=COMMAND...      parts, each a run_all of its own: shown as it comes
#
# A command counts by its last line of the form "N passed, N failed[, N skipped]"; one without such
# a line is one check, judged by its exit code. A command that outlives the budget is ended. The
# last line is the sum, and only the outermost run_all prints it.
set -u
parts=no
if [ "$1" = --parts ]; then
    parts=yes name=$2 budget_s=
    shift 2
else
    name=$1 budget_s=$2
    shift 2
fi
scratch=$(mktemp -d)
child=
trap 'rm -rf "$scratch"' EXIT
trap 'kill "$child" 2>/dev/null; exit 130' INT TERM
passed=0 failed=0 skipped=0
start_s=$SECONDS

# Sets p, f, s from the last line of counts in a file; fails when there is none.
read_counts() {
    local line
    line=$(grep -aE '^([A-Za-z_-]+: )?[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$1" | tail -n 1)
    [ -n "$line" ] || return 1
    line=${line#*: }
    IFS=' ,' read -r p _ f _ s _ <<<"$line"
    s=${s:-0}
}

# Sets rc. In the background and waited for, so that an interrupt is acted on at once.
run_check() {
    OAT_SUMS='' timeout --kill-after=10 "$budget_s" bash -c "$1" >"$scratch/out" 2>&1 </dev/null &
    child=$!
    wait "$child"
    rc=$?
    [ "$rc" -ne 124 ] && [ "$rc" -ne 137 ] || echo "ended after $budget_s s" >>"$scratch/out"
}

run_part() {
    OAT_SUMS=$scratch/out bash -c "$1" </dev/null &
    child=$!
    wait "$child"
    rc=$?
}

run() {
    local label=$1 command=$2 check_start_s=$SECONDS
    : >"$scratch/out"
    if [ $parts = yes ]; then run_part "$command"; else run_check "$command"; fi
    if ! read_counts "$scratch/out"; then
        p=0 f=0 s=0
        [ "$rc" -ne 0 ] || p=1
    fi
    [ "$rc" -eq 0 ] || [ "$f" -gt 0 ] || f=1
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    [ $parts = no ] || return 0
    [ "$f" -eq 0 ] || sed 's/^/    /' "$scratch/out"
    printf '  %-14s %s, %d s\n' "$label" "$(counts "$p" "$f" "$s")" $((SECONDS - check_start_s))
}

counts() {
    printf '%d passed, %d failed' "$1" "$2"
    [ "$3" -eq 0 ] || printf ', %d skipped' "$3"
}

for check in "$@"; do
    run "${check%%=*}" "${check#*=}"
done

took_s=$((SECONDS - start_s))
over=''
[ -z "$budget_s" ] || [ "$took_s" -le "$budget_s" ] || over=" (budget: $budget_s s)"
echo "$name: $took_s s$over"
if [ -n "${OAT_SUMS:-}" ]; then
    counts "$passed" "$failed" "$skipped" >"$OAT_SUMS"
    echo >>"$OAT_SUMS"
else
    counts "$passed" "$failed" "$skipped"
    echo
fi
[ "$failed" -eq 0 ]
