#!/usr/bin/env bash
# oat-compact as people run it: what is shown stays the same, exit codes, messages.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$PWD/${BUILD:-build/release}
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
unset OAT_DATA_DIR
cd "$scratch" || exit 1
mkdir .oat
"$build/tests/cli/make_store" .oat || exit 1
passed=0 failed=0

judge() {
    local claim=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$claim: failed"
    fi
}

# ends CODE TEXT COMMAND...: the exit code, and a text in what it prints.
ends() {
    local code=$1 text=$2
    shift 2
    "$@" >out 2>&1
    if [ $? -eq "$code" ] && grep -qF -- "$text" out; then
        return 0
    fi
    echo "$*:"
    cat out
    return 1
}

show() {
    "$build/oat" ls --json >"$1.ls" && "$build/oat" export --format jsonl --payloads >"$1.jsonl"
}

same() {
    cmp before.ls "$1.ls" && cmp before.jsonl "$1.jsonl"
}

show before
judge "a dry run says what would be done" ends 0 "would compact" "$build/oat-compact" --dry-run
judge "a dry run changes nothing" test ! -e .oat/MANIFEST
judge "it compacts" ends 0 "compacted" "$build/oat-compact" --adopt
judge "no pair is left" test -z "$(find .oat/hot -name '*.spans')"
show after
judge "what is shown stays the same" same after
judge "there is nothing more to do" ends 0 '"parts_written":0' "$build/oat-compact" --full --json
cp -r .oat/days copy
judge "days are retained away" ends 0 "by retention" "$build/oat-compact" --max-bytes 1
judge "they are gone" test -z "$(ls .oat/days)"
mounts=()
for day in copy/*; do
    mounts+=(--mount "$day")
done
judge "they are mounted again" ends 0 "merged" "$build/oat-compact" "${mounts[@]}"
show mounted
judge "they show what they showed" same mounted
judge "a folder without parts" ends 1 "holds no parts" "$build/oat-compact" --mount .
judge "wrong usage" ends 2 "a time like 30d" "$build/oat-compact" --retain long
judge "no store" ends 1 "no store in nowhere" "$build/oat-compact" nowhere

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
