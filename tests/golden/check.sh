#!/usr/bin/env bash
# check.sh BUILD PYTHON: format/ still writes the golden files byte for byte, and the independent
# reader still reads them as their dumps say. A new case: add it to make_golden.c (or _bad.c), copy
# what that writes here, write the dump with
#   spec_reader.py --host 6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee CASE > CASE.json
# and check every line of it by hand. (The compressed chunks are what liblz4 1.9.4 makes; another
# version may choose other bytes: then only the first half differs.)
set -u
build=$1 python=$2
golden=$(dirname "$0")
made=$(mktemp -d) || exit 1
trap 'rm -rf "$made"' EXIT
passed=0 failed=0
for kind in good bad; do
    program=$build/tests/golden/make_golden
    [ $kind = good ] || program=${program}_bad
    if "$program" "$made/$kind" && diff -r --exclude='*.json' "$made/$kind" "$golden/$kind"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
out=$("$python" -B "$golden/../spec_reader.py" --check "$golden" 2>&1)
if [[ ${out##*$'\n'} =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
else
    failed=$((failed + 1))
fi
[ $failed -eq 0 ] || echo "$out"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
