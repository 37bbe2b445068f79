#!/usr/bin/env bash
# The generators make what they are told to, twice the same; the rest of the benchmarks rely on it.
set -eu
cd "$(dirname "$0")/.."
programs=${BUILD:-build/release}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

spans_of() {
    "$programs/oat" stat --dir "$1" --json | grep -o '"spans":[0-9]*' | cut -d: -f2
}

for run in 1 2; do
    "$programs/bench/generate" --dir "$dir/$run" --rows "$dir/rows$run" --spans 10000 --days 3 --payloads 0.05 >/dev/null
done
cmp "$dir/rows1/rows.bin" "$dir/rows2/rows.bin"
cmp "$dir/rows1/texts.txt" "$dir/rows2/texts.txt"
[ "$(spans_of "$dir/1")" = 10000 ]
"$programs/oat" verify --dir "$dir/1" >/dev/null

"$programs/bench/generate_text" --dir "$dir/text" --bytes 1e6 >/dev/null
[ "$(spans_of "$dir/text")" = 100 ]
[ "$("$programs/oat" stat --dir "$dir/text" --json | grep -o '"raw_payload_bytes":[0-9]*' | cut -d: -f2)" -gt 1000000 ]
