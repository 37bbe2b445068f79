#!/usr/bin/env bash
# Files that are cut while oat reads them: a message that names the file, exit code 1.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$PWD/${BUILD:-build/release}
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
OAT_DATA_DIR=store "$build/examples/demo_data" --traces 300 >demo.log || exit 1
"$build/oat-compact" --adopt store >compact.log || exit 1
mkfifo pipe
passed=0 failed=0

# A pipe that nobody reads holds the export up in its middle.
cut_while_exporting() {
    local suffix=$1 file code
    cp -r store copy
    "$build/oat" --dir copy export --payloads >pipe 2>err &
    exec 3<pipe
    head -c 1 <&3 >/dev/null
    for file in copy/days/*/*."$suffix"; do
        truncate -s 4096 "$file"
    done
    cat <&3 >/dev/null
    exec 3<&-
    wait $!
    code=$?
    rm -r copy
    if [ $code -eq 1 ] && grep -q "^oat: unreadable: days/.*\\.$suffix at byte .*: the file was cut" err; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$suffix: exit $code"
        cat err
    fi
}

cut_while_exporting part
cut_while_exporting pack
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
