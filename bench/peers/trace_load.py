"""Traces over many connections: the daemon beside a bare evhttp that sends the same bytes."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from peers.data import say
from peers.findings import Finding
from peers.trace_servers import Oat, Server

TRACES = 2_000
TRACE_SPANS = (48, 52)  # at least and at most
WINDOWS = 50  # of the time of the store, that they are taken from
CONNECTIONS = 64
SECONDS = 3
ROUNDS = 5


class Bare(Server):
    """What bench/bare_http does with the files of its folder."""

    name = "bare evhttp"
    ready_path = "/0"

    def __init__(self, folder: Path, build: Path) -> None:
        """build: where the programs are."""
        super().__init__(folder)
        self.build = build

    def command(self) -> tuple[list[str], dict[str, str]]:
        program = str(self.build / "bench" / "bare_http")
        return [program, "--port", str(self.port), "--dir", str(self.folder)], {}


def _some_traces(server: Oat) -> Iterator[str]:
    """Ids of traces of about the same size, from all over the time of the store."""
    ends = (server.request("GET", f"/traces?limit=1&sort={sort}")[1] for sort in ("start", "-start"))
    first, last = (int(end["traces"][0]["start_time"]) for end in ends)
    least, most = TRACE_SPANS
    size = quote(f"span_count >= {least} and span_count <= {most}")
    step = (last - first) // WINDOWS + 1
    for begin in range(first, last + 1, step):
        path = f"/traces?limit={TRACES // WINDOWS}&from={begin}&to={begin + step}&q={size}"
        for trace in server.request("GET", path)[1]["traces"]:
            yield trace["trace_id"]


def _load(server: Server, build: Path, paths: Path) -> dict[str, Any]:
    """What bench/load_http finds, and microseconds of the server's processor time a request."""
    before_s = server.processor_s()
    command = [str(build / "bench" / "load_http"), "--port", str(server.port), "--paths", str(paths)]
    command += ["--connections", str(CONNECTIONS), "--seconds", str(SECONDS)]
    found: dict[str, Any] = json.loads(subprocess.check_output(command))
    took_s = server.processor_s() - before_s
    return {**found, "us": took_s / found["per_s"] / (SECONDS + 1) * 1e6}  # with the second that warms up


def compare_traces(server: Oat, folder: Path, build: Path) -> list[Finding]:
    """server: over a compacted store, started. folder: is made."""
    bare = Bare(folder, build)
    ids = list(_some_traces(server))
    for number, trace_id in enumerate(ids):
        (folder / str(number)).write_bytes(server.bytes_of(f"/traces/{trace_id}"))
    lists = {server: folder / "daemon.paths", bare: folder / "bare.paths"}
    lists[server].write_text("".join(f"/traces/{trace_id}\n" for trace_id in ids))
    lists[bare].write_text("".join(f"/{number}\n" for number in range(len(ids))))
    bare.start()
    rounds = []
    for number in range(ROUNDS):
        say(f"asking for {len(ids)} traces, round {number + 1} of {ROUNDS}")
        rounds.append([_load(one, build, paths) for one, paths in lists.items()])
    bare.stop()

    def median(who: int, what: str) -> float:
        return float(statistics.median(found[who][what] for found in rounds))

    ratio = float(statistics.median(mine["per_s"] / other["per_s"] for mine, other in rounds))
    what = f"a trace of 50 spans, {CONNECTIONS} connections"
    return [
        Finding(f"{what}: p99", median(0, "p99_ms"), "ms", "<= 5"),
        Finding("  median", median(0, "p50_ms"), "ms"),
        Finding("  p99 of a bare handler", median(1, "p99_ms"), "ms"),
        Finding("  median of a bare handler", median(1, "p50_ms"), "ms"),
        Finding("  bytes of an answer", median(0, "body_bytes"), "bytes"),
        Finding(f"{what}: beside a bare handler", ratio, "times", ">= 0.6"),
        Finding("  requests", median(0, "per_s"), "a second"),
        Finding("  requests of a bare handler", median(1, "per_s"), "a second"),
        Finding("  processor time of the daemon", median(0, "us"), "us a request"),
        Finding("  processor time of a bare handler", median(1, "us"), "us a request"),
    ]
