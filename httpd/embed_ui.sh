#!/usr/bin/env bash
# Writes C that holds the files of the dashboard: embed_ui.sh [DIRECTORY]. Without one there are none.
set -eu
directory=${1:-}

type_of() {
    case $1 in
    *.html) echo 'text/html; charset=utf-8' ;;
    *.js) echo 'text/javascript; charset=utf-8' ;;
    *.css) echo 'text/css; charset=utf-8' ;;
    *.svg) echo 'image/svg+xml' ;;
    *) echo "embed_ui.sh: of what type is $1?" >&2 && exit 1 ;;
    esac
}

files=()
[ -z "$directory" ] || mapfile -t files < <(cd "$directory" && find . -type f ! -name '.*' -printf '%P\n' | LC_ALL=C sort)

echo '#include "httpd/ui_files.h"'
echo
for i in "${!files[@]}"; do
    printf '__asm__(".section .rodata\\n.hidden oat_ui_%d\\n.global oat_ui_%d\\noat_ui_%d:\\n"\n' "$i" "$i" "$i"
    printf '        ".incbin \\"%s/%s\\"\\n.hidden oat_ui_end_%d\\n.global oat_ui_end_%d\\noat_ui_end_%d:\\n.byte 0\\n.previous");\n' \
        "$directory" "${files[$i]}" "$i" "$i" "$i"
    printf 'extern const char oat_ui_%d[], oat_ui_end_%d[];\n' "$i" "$i"
done
echo
echo 'const struct oat_ui_file oat_ui_files[] = {'
for i in "${!files[@]}"; do
    type=$(type_of "${files[$i]}")
    # Vite puts a hash of the content into the names of what it bundles.
    case ${files[$i]} in assets/*) hashed=true ;; *) hashed=false ;; esac
    printf '    {"%s", "%s", %s, oat_ui_%d, oat_ui_end_%d},\n' "${files[$i]}" "$type" "$hashed" "$i" "$i"
done
echo '    {0},'
echo '};'
