#!/usr/bin/env bash
# What the project needs from the machine.
#
#   deps.sh headers GROUP   exits 1 and names the headers that are missing for it
#   deps.sh has node        says yes when the dashboard can be built
#   deps.sh install GROUP   installs what is missing, and only that, with apt
#
# A group is lib (the libraries), python (its package too), extra (shipping and patterns too), all (the programs
# too), examples (these too) or check (everything).
#
# It asks for tools (command -v) and for headers (one run of the preprocessor), never for packages:
# a compiler or a Node from elsewhere is as good. Python packages live in build/venv alone.
set -eu
cd "$(dirname "$0")/../.."

CC=${CC:-gcc}
VENV=build/venv
REQUIREMENTS=tests/requirements.txt

# group | what | how to ask: a tool, a header, or a function below | Debian package
needs() {
    cat <<'NEEDS'
lib    gcc              tool:CC                       gcc
lib    make             tool:make                     make
lib    libc             header:stdlib.h               libc6-dev
lib    lz4              header:lz4hc.h                liblz4-dev
lib    xxhash           header:xxhash.h               libxxhash-dev
lib    libyaml          header:yaml.h                 libyaml-dev
python zlib             header:zlib.h                 zlib1g-dev
extra  libcurl          header:curl/curl.h            libcurl4-openssl-dev
extra  pcre2            header:pcre2.h                libpcre2-dev
all    libevent         header:event2/http.h          libevent-dev
all    nghttp2          header:nghttp2/nghttp2.h      libnghttp2-dev
all    wslay            header:wslay/wslay.h          libwslay-dev
all    openssl          header:openssl/evp.h          libssl-dev
examples jansson        header:jansson.h              libjansson-dev
examples sqlite3        header:sqlite3.h              libsqlite3-dev
check  openssl          tool:openssl                  openssl
examples node            ask:has_node                  nodejs npm
check  chromium         tool:chromium                 chromium
check  cmocka           header:cmocka.h               libcmocka-dev
check  pkg-config       tool:pkg-config               pkg-config
check  python3          tool:python3                  python3
check  python3-venv     ask:has_venv                  python3-venv
check  python3-dev      ask:has_python_headers        python3-dev
check  openssl          tool:openssl                  openssl
check  clang            tool:clang                    clang
check  libfuzzer        ask:has_libfuzzer             libclang-rt-dev
check  clang-format     tool:clang-format             clang-format
check  shellcheck       tool:shellcheck               shellcheck
check  valgrind         tool:valgrind                 valgrind
NEEDS
}

# The dashboard is built by 18 or later.
has_node() {
    command -v npm >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge 18 ]
}

has_venv() {
    python3 -c 'import ensurepip, venv' 2>/dev/null
}

has_python_headers() {
    [ -f "$(python3 -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ]
}

# clang names the path of a file that it has, and echoes the bare name of one that it has not.
has_libfuzzer() {
    local name
    name=$(clang -print-file-name="libclang_rt.fuzzer-$(uname -m).a" 2>/dev/null)
    [ -f "$name" ]
}

needs_of() {
    case $1 in
    lib) needs | grep '^lib ' ;;
    python) needs | grep -E '^(lib|python) ' ;;
    extra) needs | grep -E '^(lib|python|extra) ' ;;
    all) needs | grep -E '^(lib|python|extra|all) ' ;;
    examples) needs | grep -E '^(lib|python|extra|all|examples) ' ;;
    check) needs ;;
    *) echo "deps.sh: unknown group '$1': expected lib, python, extra, all, examples or check" >&2 && exit 2 ;;
    esac
}

# The headers of a group that the compiler does not find, one a line.
missing_headers() {
    local headers
    headers=$(needs_of "$1" | awk '$3 ~ /^header:/ { print substr($3, 8) }')
    if ! command -v "${CC%% *}" >/dev/null; then
        echo "$headers"
        return
    fi
    # shellcheck disable=SC2086 # CC may be `ccache gcc`, CPPFLAGS holds several options
    for header in $headers; do
        printf '#if !__has_include(<%s>)\n@missing %s\n#endif\n' "$header" "$header"
    done | $CC ${CPPFLAGS:-} -E -P -x c - | awk '$1 == "@missing" { print $2 }'
}

# The lines of a group's needs that are not met.
missing() {
    local headers met kind argument
    headers=$(missing_headers "$1")
    needs_of "$1" | while read -r group what question packages; do
        kind=${question%%:*} argument=${question#*:} met=yes
        case $kind in
        tool) [ "$argument" != CC ] || argument=${CC%% *} && command -v "$argument" >/dev/null || met=no ;;
        header) ! grep -qxF "$argument" <<<"$headers" || met=no ;;
        ask) "$argument" || met=no ;;
        esac
        [ $met = yes ] || echo "$group $what $argument $packages"
    done
}

list() {
    while read -r _ what argument packages; do
        printf '  %-17s %-17s in Debian: %s\n' "$what" "${argument/*has_*/}" "$packages"
    done <<<"$1"
}

install_packages() {
    local found packages as_root=()
    found=$(missing "$1")
    [ -n "$found" ] || return 0
    echo "missing here:"
    list "$found"
    if ! command -v apt-get >/dev/null; then
        echo "There is no apt on this machine: install these by its own means, then run make again." >&2
        exit 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Installing needs root, and there is no sudo: run 'make deps' as root once." >&2
            exit 1
        fi
        as_root=(sudo)
    fi
    mapfile -t packages < <(awk '{ for (i = 4; i <= NF; i++) print $i }' <<<"$found" | sort -u)
    echo "installing: ${packages[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
    found=$(missing "$1")
    if [ -n "$found" ]; then
        echo "installed, and still missing:" >&2
        list "$found" >&2
        exit 1
    fi
}

# The virtual environment is as good as the requirements it was made from.
install_venv() {
    if cmp -s "$REQUIREMENTS" "$VENV/requirements.txt"; then
        return
    fi
    echo "making $VENV from $REQUIREMENTS"
    rm -rf "$VENV"
    python3 -m venv "$VENV"
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check -r "$REQUIREMENTS"
    cp "$REQUIREMENTS" "$VENV/requirements.txt"
}

headers() {
    local found
    found=$(missing "$1" | awk '$2 == "gcc" || $3 ~ /\.h$/')
    [ -n "$found" ] || return 0
    {
        echo "missing here:"
        list "$found"
        echo "'make deps' installs them."
    } >&2
    exit 1
}

case ${1:-} in
has) ! "has_${2:?what}" || echo yes ;;
headers) headers "${2:?group}" ;;
install)
    install_packages "${2:?group}"
    [ "$2" != check ] || install_venv
    ;;
*) echo "usage: deps.sh headers|install lib|all|examples|check, or has node" >&2 && exit 2 ;;
esac
