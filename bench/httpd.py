"""What the daemon takes in, tells, and answers over HTTP, and what it needs for that, beside its targets.

`make bench-http SPANS=1e7`. What is read are the spans of bench/generate: first as they were appended, for
memory, then compacted, for latencies.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from peers.data import compact, generate, say
from peers.findings import Finding, print_findings
from peers.machine import machine
from peers.trace_load import compare_traces
from peers.trace_servers import Oat, Reader

DAYS = 30
ASKED = 200  # times
IDLE_S = 10.0
MIB = 1 << 20
PATHS = {
    "newest 50 traces": "/traces?limit=50",
    "totals": "/traces/totals",
    "overview of a day": "/analytics/overview?window=24h",
    "overview of 30 days": "/analytics/overview?window=30d",
}
SUBSCRIBERS = (1, 100, 1000)
LIVE_SPANS_PER_S, LIVE_S = 10_000, 5


def _run(program: Path, *arguments: object) -> list[dict[str, Any]]:
    """The objects that a program prints, one a line."""
    told = subprocess.check_output([str(program), *map(str, arguments)], text=True)
    return [json.loads(line) for line in told.splitlines()]


def ingest(build: Path, folder: Path) -> Iterator[Finding]:
    """Spans a second, the sender's work included."""
    say("sending spans")
    found = {
        (run["form"], run["ack"]): run
        for run in _run(build / "bench" / "ingest_http", build / "oat-httpd", folder)
    }
    synced_goal = 0.6 * found["otlp", "process"]["spans_per_s"]
    goals = {
        ("otlp", "process"): 200_000,
        ("otlp", "device"): synced_goal,
        ("sdk", "process"): 60_000,
    }
    for (form, ack), run in found.items():
        goal = f">= {goals[form, ack]:.0f}" if (form, ack) in goals else ""
        yield Finding(f"{form} in, acknowledged by {ack}", run["spans_per_s"], "spans a second", goal)
        yield Finding("  processor time of the daemon", run["daemon_us"], "us a span")
        yield Finding("  processor time of the sender", run["sender_us"], "us a span")


def live(build: Path) -> Iterator[Finding]:
    """From the end of a span in an agent's process to a client of /ws."""
    for clients in SUBSCRIBERS:
        say(f"telling {clients} subscribers")
        (run,) = _run(build / "bench" / "live", build / "oat-httpd", clients, LIVE_SPANS_PER_S, LIVE_S)
        yield Finding(f"span end to {clients} clients of /ws: p99", run["p99_ms"], "ms", "<= 20")
        yield Finding("  median", run["p50_ms"], "ms")
        yield Finding("  not told", run["written"] - run["told"], "spans", "<= 0")
        yield Finding("  processor time of the daemon", run["daemon_core"], "of a core")


def hot(server: Oat, spans: int) -> Iterator[Finding]:
    """Memory and idle time over spans that were not compacted."""
    yield Finding("start, hot spans", server.start(), "s")
    for path in ("/traces?limit=50", "/traces/totals"):
        server.request("GET", path)
    most = (64 * MIB + 64 * spans) / MIB
    yield Finding("memory (RSS), hot spans", server.resident_bytes()[0] / MIB, "MiB", f"<= {most:.0f}")
    before_s = server.processor_s()
    time.sleep(IDLE_S)
    idle = (server.processor_s() - before_s) / IDLE_S
    yield Finding("idle, hot spans", 100 * idle, "% of a core", "<= 0.5")
    server.stop()


def answer_ms(server: Oat, path: str) -> tuple[float, float]:
    """Median and 99th percentile over one connection, after a first answer that only warms up."""
    connection = server.connect()
    times = []
    for _ in range(ASKED + 1):
        begin = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        times.append((time.perf_counter() - begin) * 1e3)
        if answer.status != 200:
            raise RuntimeError(f"GET {path}: {answer.status}")
    connection.close()
    return statistics.median(times[1:]), statistics.quantiles(times[1:], n=100)[98]


def compacted(server: Oat, folder: Path, build: Path) -> Iterator[Finding]:
    """How soon it answers over parts."""
    server.start()
    for what, path in PATHS.items():
        median_ms, slow_ms = answer_ms(server, path)
        yield Finding(what, median_ms, "ms", "<= 20")
        yield Finding("  p99", slow_ms, "ms")
    yield from compare_traces(server, folder, build)
    yield Finding("memory (RSS), compacted", server.resident_bytes()[0] / MIB, "MiB")
    server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures what oat-httpd takes in, answers and needs.")
    parser.add_argument("--build", type=Path, default=Path("build/release"), help="where the programs are")
    parser.add_argument("--spans", type=float, default=1e6, help="of the store that is read")
    parser.add_argument("--json", action="store_true", help="one object a line")
    options = parser.parse_args()
    spans = int(options.spans)
    folder = Path("build/bench-http")
    shutil.rmtree(folder, ignore_errors=True)
    server = Reader(folder / "read", options.build)

    def show(found: Iterator[Finding]) -> None:
        for one in found:
            print_findings([one], options.json)

    say(f"{machine()}. {spans:,} spans are read")
    show(ingest(options.build, folder))
    show(live(options.build))
    say(f"making {spans} spans")
    generate(options.build, folder / "read" / "store", spans, DAYS)
    show(hot(server, spans))
    say("compacting")
    compact(options.build, folder / "read" / "store")
    show(compacted(server, folder / "traces", options.build))
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
