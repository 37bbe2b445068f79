"""What reading costs over HTTP: latencies, memory and idle time of the daemon, beside their targets.

`make bench-http SPANS=1e7`. The spans are those of bench/generate: first as they were appended, for memory,
then compacted, for latencies.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import time
from pathlib import Path

from peers.data import say
from peers.machine import machine
from peers.trace_servers import Oat

ASKED = 200  # times
ANSWER_MS = 20.0
RESIDENT_BYTES, RESIDENT_BYTES_A_SPAN = 64 << 20, 64
IDLE_S, IDLE_SHARE = 10.0, 0.005
PATHS = {
    "newest 50 traces": "/traces?limit=50",
    "totals": "/traces/totals",
    "overview of a day": "/analytics/overview?window=24h",
    "overview of 30 days": "/analytics/overview?window=30d",
}


class Reader(Oat):
    """A daemon that leaves the store as it is."""

    def command(self) -> tuple[list[str], dict[str, str]]:
        command, more = super().command()
        return [*command, "--no-compact"], more


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


def print_row(what: str, found: str, target: str, holds: bool) -> None:
    print(f"{what:28} {found:>28} {target:>14}  {'' if holds else 'missed'}", flush=True)


def measure_hot(server: Oat, spans: int) -> None:
    """Memory and idle time over spans that were not compacted."""
    start_s = server.start()
    for path in ("/traces?limit=50", "/traces/totals"):
        server.request("GET", path)
    resident, _ = server.resident_bytes()
    most = RESIDENT_BYTES + RESIDENT_BYTES_A_SPAN * spans
    before_s = server.processor_s()
    time.sleep(IDLE_S)
    idle = (server.processor_s() - before_s) / IDLE_S
    server.stop()
    print_row("start, hot spans", f"{start_s:.2f} s", "", True)
    print_row(
        "memory (RSS), hot spans",
        f"{resident / 2**20:.0f} MiB",
        f"{most / 2**20:.0f} MiB",
        resident <= most,
    )
    print_row("idle, of a core", f"{idle:.2%}", f"{IDLE_SHARE:.1%}", idle < IDLE_SHARE)


def measure_compacted(server: Oat) -> None:
    """How soon it answers over parts."""
    server.start()
    for what, path in PATHS.items():
        median_ms, slow_ms = answer_ms(server, path)
        print_row(
            what,
            f"{median_ms:.2f} ms, p99 {slow_ms:.2f} ms",
            f"{ANSWER_MS:.0f} ms",
            median_ms <= ANSWER_MS,
        )
    print_row(
        "memory (RSS), compacted",
        f"{server.resident_bytes()[0] / 2**20:.0f} MiB",
        "",
        True,
    )
    server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures what oat-httpd answers and needs.")
    parser.add_argument(
        "--build",
        type=Path,
        default=Path("build/release"),
        help="where the programs are",
    )
    parser.add_argument("--spans", type=float, default=1e6, help="of the store")
    options = parser.parse_args()
    spans = int(options.spans)
    folder = Path("build/bench-http")
    shutil.rmtree(folder, ignore_errors=True)
    server = Reader(folder, options.build)
    store = folder / "store"
    say(f"making {spans} spans")
    subprocess.run(
        [options.build / "bench" / "generate", "--dir", store, "--spans", str(spans)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    print(f"{spans:,} spans. {machine()}.")
    measure_hot(server, spans)
    say("compacting")
    subprocess.run([options.build / "oat-compact", store], check=True, stdout=subprocess.DEVNULL)
    measure_compacted(server)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
