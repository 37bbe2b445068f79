#!/usr/bin/env python3
"""oat-httpd under half the load that it can take, for long: what it needs does not grow, nothing is lost.

Usage: soak.py [--seconds N] BUILD SCRATCH
Clients send spans over OTLP, another one reads. Ends in "N passed, N failed".
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import itertools
import json
import statistics
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from daemon import WAIT_S, Daemon

SENDERS = 4
TRACE_SPANS, TRACES = 8, 32  # of a request
MEASURE_S = 5.0
NOTES_A_SECOND = 5
STALL_S = 120.0  # that an answer may take on a machine with much else to do
MIB = 1 << 20
SLOT_BYTES, HOT_SPAN_BYTES = 256, 64  # of a span on disk and, at most, in memory before it is compacted
MARK = "f" * 24  # stands for what a request's traces have in common
PATHS = ("/traces?limit=50", "/traces/totals", "/analytics/overview?window=24h", "/spans?q=status%3Derror")


def make_request() -> bytes:
    """OTLP as JSON: calls of tools within an agent's run."""
    spans = [
        {
            "traceId": f"{MARK}{trace:08x}",
            "spanId": f"{trace * TRACE_SPANS + number + 1:016x}",
            "parentSpanId": f"{trace * TRACE_SPANS + 1:016x}" if number else "",
            "name": "execute_tool search" if number else "invoke_agent support",
            "startTimeUnixNano": "{START}",
            "endTimeUnixNano": "{END}",
            "attributes": [
                {"key": "gen_ai.operation.name", "value": {"stringValue": "execute_tool"}},
                {"key": "gen_ai.tool.call.result", "value": {"stringValue": f"{MARK} is the answer. " * 4}},
            ],
        }
        for trace in range(TRACES)
        for number in range(TRACE_SPANS)
    ]
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()


class Load:
    """Clients that send at a rate, from start() to stop()."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.request = make_request()
        self.numbers = itertools.count(1)
        self.acknowledged = 0  # requests, since it was made
        self.refused = 0
        self.failures: list[str] = []
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.threads: list[threading.Thread] = []

    def start(self, requests_per_s: float) -> None:
        """0: as many as are answered."""
        self.stopping.clear()
        pause_s = SENDERS / requests_per_s if requests_per_s else 0.0
        self.threads = [threading.Thread(target=self.send_all, args=(pause_s,)) for _ in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def send_all(self, pause_s: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=STALL_S)
        due_s = time.monotonic()
        try:
            while not self.stopping.is_set():
                self.send(connection)
                due_s = max(due_s + pause_s, time.monotonic() - WAIT_S)
                self.stopping.wait(max(0.0, due_s - time.monotonic()))
        except (OSError, http.client.HTTPException) as error:
            self.failures.append(repr(error))
        connection.close()

    def send(self, connection: http.client.HTTPConnection) -> None:
        now_ns = time.time_ns()
        body = self.request.replace(MARK.encode(), b"%024x" % next(self.numbers))
        body = body.replace(b"{START}", b"%d" % now_ns).replace(b"{END}", b"%d" % (now_ns + 10**6))
        connection.request("POST", "/v1/traces", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        told = answer.read()
        with self.lock:
            self.acknowledged += answer.status == 200
            self.refused += answer.status in (429, 503)
        if answer.status not in (200, 429, 503):
            self.failures.append(f"{answer.status} {told[:200]!r}")


@dataclass
class Needs:
    """What a daemon has at a moment."""

    memory_mib: float  # its own: without mapped files, and what spans may take that are not compacted yet
    descriptors: int
    threads: int


def hot_spans(store: Path) -> int:
    """Slots that are not compacted."""
    count = 0
    for path in store.glob("hot/*.spans"):
        with contextlib.suppress(FileNotFoundError):
            count += path.stat().st_blocks * 512 // SLOT_BYTES
    return count


def needs_of(daemon: Daemon, spans: int) -> Needs:
    """spans: that it has in memory, because they are not compacted yet, or were not when it looked."""
    process = Path(f"/proc/{daemon.process.pid}")
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    own_bytes = int(status["RssAnon"].split()[0]) * 1024 - spans * HOT_SPAN_BYTES
    return Needs(own_bytes / MIB, len(list((process / "fd").iterdir())), int(status["Threads"]))


def soak(daemon: Daemon, store: Path, load: Load, seconds: float) -> list[Needs]:
    """Reads once a second while others send; notes more often what it needs: compactions are short.

    Ends when a sender fails: without the load it would prove nothing.
    """
    noted = []
    paths = itertools.cycle(PATHS)
    until_s = time.monotonic() + seconds
    second = 0
    while time.monotonic() < until_s and not load.failures:
        second += 1
        known = hot_spans(store)
        daemon.get(next(paths))
        for _ in range(NOTES_A_SECOND):
            noted.append(needs_of(daemon, max(known, hot_spans(store))))
            load.stopping.wait(1.0 / NOTES_A_SECOND)
        if second % 60 == 0:
            print(f"{second} s: {load.acknowledged} requests, {noted[-1]}", flush=True)
    return noted


def greatest(noted: list[Needs]) -> Needs:
    """Of each."""
    return Needs(
        max(one.memory_mib for one in noted),
        max(one.descriptors for one in noted),
        max(one.threads for one in noted),
    )


def usual_mib(noted: list[Needs]) -> float:
    """Memory between compactions, if they do not run most of the time."""
    return statistics.median(one.memory_mib for one in noted)


def check(name: str, holds: bool, found: str) -> bool:
    print(f"{'ok  ' if holds else 'FAIL'} {name}: {found}")
    return holds


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("build", type=Path)
    parser.add_argument("scratch", type=Path)
    options = parser.parse_args()
    log, store = options.scratch / "soak.log", options.scratch / "soaked"
    daemon = Daemon(options.build / "oat-httpd", store, log, ["--log-level", "info"], compacts=True)
    load = Load(daemon.port)
    load.start(0)
    time.sleep(MEASURE_S)
    load.stop()
    most = load.acknowledged / MEASURE_S
    print(f"at most {most * TRACES * TRACE_SPANS:,.0f} spans a second; now half of that")
    load.start(most / 2)
    noted = soak(daemon, store, load, options.seconds)
    load.stop()
    third = len(noted) // 3
    earlier, later = noted[third : 2 * third], noted[2 * third :]
    usually, at_last = usual_mib(earlier), usual_mib(later)
    before, after = greatest(earlier), greatest(later)
    spans = daemon.get("/stats")["spans"]
    sent = load.acknowledged * TRACES * TRACE_SPANS
    checks = [
        check(
            "memory stays as it is", at_last <= 1.1 * usually + 4, f"{usually:.1f} MiB, then {at_last:.1f}"
        ),
        check(
            "its peaks too",
            after.memory_mib <= 1.1 * before.memory_mib + 16,
            f"{before}, then {after}",
        ),
        check(
            "descriptors and threads too",
            after.descriptors <= before.descriptors + 8 and after.threads <= before.threads,
            f"{before}, then {after}",
        ),
        check("every acknowledged span is there", spans >= sent, f"{spans} of {sent}"),
        check("nothing fails", not load.failures, f"{load.failures[:3]}, {load.refused} refused for later"),
        check("it ends as it should", daemon.stop() == 0, log.read_text()[-300:]),
    ]
    print(f"{sum(checks)} passed, {len(checks) - sum(checks)} failed")
    return int(not all(checks))


if __name__ == "__main__":
    raise SystemExit(main())
