"""The daemon beside Arize Phoenix: the same OTLP batches, on the same machine, one after the other.

Measures how soon each starts, how many spans a second it takes in, how long it takes to list the newest
traces when all are in, and what memory and disk it needs. `make bench-phoenix`, which writes the table into
docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import shutil
import statistics
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from peers.data import disk_bytes, say
from peers.documents import replace_marked, table
from peers.machine import machine
from peers.otlp_batches import Agents
from peers.trace_servers import Oat, Phoenix, TraceServer

CONNECTIONS = 4
LISTS = 200
RETRIES_S = (1.0, 2.0, 4.0, 8.0)  # until a refused batch is sent again, as exporters do


def send(server: TraceServer, batches: Sequence[bytes], first: int) -> None:
    """Every CONNECTIONS-th batch, from the first on, each when the one before is acknowledged."""
    connection = server.connect()
    for batch in batches[first::CONNECTIONS]:
        for attempt in itertools.count():
            connection.request("POST", "/v1/traces", batch, {"Content-Type": "application/x-protobuf"})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                break
            if answer.status not in (429, 503):
                raise RuntimeError(f"{server.name}: POST /v1/traces: {answer.status}")
            time.sleep(RETRIES_S[min(attempt, len(RETRIES_S) - 1)])
    connection.close()


def ingest(server: TraceServer, batches: Sequence[bytes], spans: int) -> tuple[float, float]:
    """Seconds until all batches were acknowledged, and until all spans can be read."""
    begin = time.perf_counter()
    threads = [threading.Thread(target=send, args=(server, batches, i)) for i in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    acknowledged_s = time.perf_counter() - begin
    while (found := server.spans()) < spans:
        say(f"{server.name}: {found} of {spans} spans can be read")
        time.sleep(max(0.5, (time.perf_counter() - begin) / 50))  # asking is work for the server, too
    return acknowledged_s, time.perf_counter() - begin


def list_ms(server: TraceServer) -> tuple[float, float]:
    """Median and 99th percentile of listing the newest traces, over one connection."""
    connection = server.connect()
    times = []
    for _ in range(LISTS):
        begin = time.perf_counter()
        connection.request("GET", server.list_path)
        text = _answer(connection)
        times.append((time.perf_counter() - begin) * 1e3)
    if server.traces_in(json.loads(text)) != 50:
        raise RuntimeError(
            f"{server.name}: GET {server.list_path}: {server.traces_in(json.loads(text))} traces"
        )
    connection.close()
    return statistics.median(times), statistics.quantiles(times, n=100)[98]


def _answer(connection: http.client.HTTPConnection) -> bytes:
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {text[:200]!r}")
    return text


def measure(server: TraceServer, batches: Sequence[bytes], spans: int) -> dict[str, str]:
    """What is found, by the name of its row."""
    say(server.version())
    server.start()  # once before, so that its files are in memory
    server.stop()
    start_s = server.start()
    idle = server.resident_bytes()[0]
    acknowledged_s, readable_s = ingest(server, batches, spans)
    processor_s = server.processor_s()
    median_ms, slow_ms = list_ms(server)
    now, peak = server.resident_bytes()
    server.stop()
    disk = disk_bytes(server.folder)
    again_s = server.start()
    server.stop()
    return {
        "start, with no data": f"{start_s * 1e3:,.0f} ms",
        "start, with all spans": f"{again_s * 1e3:,.0f} ms",
        "spans a second, acknowledged": f"{spans / acknowledged_s:,.0f}",
        "spans a second, readable": f"{spans / readable_s:,.0f}",
        "processor time of the server, a span": f"{processor_s / spans * 1e6:,.1f} us",
        "newest 50 traces, median": f"{median_ms:,.2f} ms",
        "newest 50 traces, 99th percentile": f"{slow_ms:,.2f} ms",
        "memory (RSS), with no data": f"{idle / 2**20:,.0f} MiB",
        "memory (RSS), with all spans": f"{now / 2**20:,.0f} MiB",
        "memory (RSS), at most": f"{peak / 2**20:,.0f} MiB",
        "disk, when stopped": f"{disk / 2**20:,.0f} MiB",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures oat-httpd beside Arize Phoenix.")
    parser.add_argument("--build", type=Path, default=Path("build/release"), help="where the programs are")
    parser.add_argument("--spans", type=float, default=1e5, help="how many are sent to each")
    parser.add_argument("--docs", type=Path, help="a Markdown file whose table is replaced")
    options = parser.parse_args()
    spans = int(options.spans)
    folder = Path("build/bench-phoenix")
    shutil.rmtree(folder, ignore_errors=True)
    say(f"making {spans} spans")
    batches = list(Agents(time.time_ns()).batches(spans))
    size = sum(map(len, batches))
    servers = [Oat(folder / "oat", options.build), Phoenix(folder / "phoenix")]
    found = [measure(server, batches, spans) for server in servers]
    what = (
        f"`make bench-phoenix SPANS={spans}`: {spans:,} spans, {size / 2**20:,.0f} MiB of protobuf, "
        f"{len(batches)} batches, {CONNECTIONS} connections. {machine()}."
    )
    rows = {name: [one[name] for one in found] for name in found[0]}
    text = f"{what}\n\n{table([server.version() for server in servers], rows)}"
    print(text)
    if options.docs:
        replace_marked(options.docs, "bench-phoenix", text)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
