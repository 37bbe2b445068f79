#!/usr/bin/env bash
# make demo: an agent runs and is traced, a day of traces is made up, one agent keeps running, and the
# daemon shows it all. Ctrl-C stops everything. The store stays: .oat, or $OAT_DATA_DIR.
# PORT=9000 make demo: when 8787 is taken.
set -euo pipefail

build=${BUILD:-build/release}
port=${PORT:-8787}
export OAT_DATA_DIR=${OAT_DATA_DIR:-.oat}
if [[ ! $port =~ ^[1-9][0-9]{0,4}$ ]] || ((port > 65535)); then
    echo "PORT=$port: expected a number from 1 to 65535" >&2
    exit 2
fi
work=$build/demo
children=()

# shellcheck disable=SC2317 # called by the trap
stop() {
    trap - EXIT INT TERM
    for child in "${children[@]}"; do
        kill -TERM "$child" 2>/dev/null || true
    done
    wait || true
}
trap stop EXIT
trap 'exit 0' INT
trap 'exit 143' TERM

say() {
    printf '\n== %s\n\n' "$*"
}

# The daemon comes first: when its port is in use, that is said before anything is done. The default
# listens on IPv4 and IPv6, another port on 127.0.0.1.
mkdir -p "$work"
listen=()
[ "$port" = 8787 ] || listen=(--listen "127.0.0.1:$port")
"$build/oat-httpd" --dir "$OAT_DATA_DIR" "${listen[@]}" 2>"$work/httpd.log" &
daemon=$!
children+=("$daemon")
until grep -q 'listening on' "$work/httpd.log"; do
    if ! kill -0 "$daemon" 2>/dev/null; then
        cat "$work/httpd.log" >&2
        exit 1
    fi
    sleep 0.05
done

fresh=$([ -e "$OAT_DATA_DIR/STORE" ] || echo yes)

say "An agent at work ($build/examples/agent; with OPENAI_BASE_URL set it asks a real model)"
"$build/examples/agent" --notes "$work/notes.sqlite" | tee "$work/agent.log"
trace=$(sed -n 's/^trace *oat show //p' "$work/agent.log" | head -1)

if [ -n "$fresh" ]; then
    say "A day of other traces, one of them from a process that was killed"
    "$build/examples/demo_data"
fi

"$build/examples/agent" --loop 5 --delay-ms 400 --notes "$work/notes.sqlite" >"$work/live.log" 2>&1 &
children+=($!)

say "The agent's first trace (oat show $trace)"
"$build/oat" show "$trace"
killed=$("$build/oat" ls --json -n 1000 | sed -n 's/.*"trace_id":"\([0-9a-f]*\)".*"status":"interrupted".*/\1/p')
killed=${killed%%$'\n'*}
if [ -n "$killed" ]; then
    say "The one whose process was killed (oat show $killed)"
    "$build/oat" show "$killed"
fi
say "The newest traces (oat ls)"
"$build/oat" ls -n 8

say "Open or curl"
cat <<END
  http://127.0.0.1:$port/                       what there is
  http://127.0.0.1:$port/traces?limit=5         the newest traces
  http://127.0.0.1:$port/traces?status=error    those that failed
  http://127.0.0.1:$port/traces/$trace
  http://127.0.0.1:$port/traces/$trace?include_blobs=true

  In another terminal, with OAT_DATA_DIR=$OAT_DATA_DIR:
    $build/oat tail     what the live agent does (its log: $work/live.log)
    $build/oat last     the newest run: where it is now

  Ctrl-C stops the agent and the daemon (its log: $work/httpd.log).
END
wait "$daemon"
