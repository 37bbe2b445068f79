#!/usr/bin/env bash
# A port that the demo cannot have is said before it makes a store.
set -u
cd "$(dirname "$0")/../.." || exit 1
scratch=$(mktemp -d) || exit 1
export BUILD=${BUILD:-build/release} OAT_DATA_DIR=$scratch/store
"$BUILD/oat-httpd" --dir "$scratch/other" --listen 127.0.0.1:0 2>"$scratch/log" &
holder=$!
trap 'kill $holder; rm -rf "$scratch"' EXIT
passed=0 failed=0

# refused PORT CODE TEXT
refused() {
    local output code
    output=$(PORT=$1 examples/demo.sh 2>&1)
    code=$?
    if [ $code -eq "$2" ] && [[ $output == *"$3"* ]] && [ ! -e "$OAT_DATA_DIR" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'PORT=%s: exit %s: %s\n' "$1" $code "$output"
    fi
}

until grep -q 'listening on' "$scratch/log"; do
    kill -0 $holder || exit 1
    sleep 0.02
done
used=$(sed -n 's/.*http:.*127\.0\.0\.1://p' "$scratch/log" | head -1)
refused "$used" 1 "port $used is in use by oat-httpd, process $holder"
for port in 0 65536 99999 http 08787; do
    refused $port 2 "PORT=$port: expected a number from 1 to 65535"
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
