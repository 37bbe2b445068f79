#!/usr/bin/env bash
# Proves that a build depends on the sources alone: two builds in two directories, at two times of
# day and in two languages, give the same bytes of every library and program.
#
#   check_repro.sh SCRATCH
set -eu
cd "$(dirname "$0")/../.."
scratch=$1
rm -rf "$scratch"

# build DIRECTORY ENVIRONMENT...
build() {
    local directory=$1
    shift
    mkdir -p "$directory"
    tar --exclude=./build --exclude=./.git --exclude=./ui/node_modules -cf - . | tar -C "$directory" -xf -
    [ ! -d ui/node_modules ] || ln -s "$PWD/ui/node_modules" "$directory/ui/node_modules"
    env -u MAKEFLAGS -u MAKELEVEL "$@" make -C "$directory" --silent "-j$(nproc)" BUILD=build/release OPT=-O2 all
}

# The built files that people install.
products() {
    (cd "$1/build/release" && find . -maxdepth 1 -type f ! -name '.*' | sort)
}

build "$scratch/a" TZ=UTC LC_ALL=C
build "$scratch/a-longer-name/below" TZ=Asia/Tokyo LC_ALL=C.UTF-8
passed=0 failed=0
for file in $(products "$scratch/a"); do
    if cmp "$scratch/a/build/release/$file" "$scratch/a-longer-name/below/build/release/$file"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
rm -rf "$scratch"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
