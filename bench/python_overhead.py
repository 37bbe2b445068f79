#!/usr/bin/env python3
"""What tracing adds to a call of a Python function: oat beside OpenTelemetry's SDK and Langfuse.

    python_overhead.py [--calls N]              a table of all
    python_overhead.py --memory SPANS           the memory of oat while it makes so many spans

The function does nothing. Each subject runs in a process of its own. The fastest of five rounds counts, less
the bare call: CPU time of the calling thread, and of the process with what exports in the background. The
exporters of the others throw away what they are given.

Memory is the anonymous part of what is resident: pages of mapped files are the kernel's, which takes them
back when it needs them. No span of that run has the same input or output as another one.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

SUBJECTS = ("bare", "oat", "opentelemetry", "langfuse")
ROUNDS = 5
LIMITS_US = {"sync": 1.5, "async": 2.5}
LEAST_FACTOR = 10
LIMIT_GROWN_MIB = 4.0  # tables of a pair of files come and go with it

Decorate = Callable[[Any], Any]


def of_oat() -> Decorate:
    import oat

    oat.get_tracer(service_name="bench", data_dir=os.environ["OAT_BENCH_DIR"])
    return oat.trace


def _throws_away() -> Any:
    export = importlib.import_module("opentelemetry.sdk.trace.export")

    class Nowhere(export.SpanExporter):  # type: ignore[misc, name-defined]
        def export(self, spans: Any) -> Any:
            return export.SpanExportResult.SUCCESS

    return Nowhere()


def of_opentelemetry() -> Decorate:
    sdk = importlib.import_module("opentelemetry.sdk.trace")
    export = importlib.import_module("opentelemetry.sdk.trace.export")
    provider = sdk.TracerProvider()
    provider.add_span_processor(export.BatchSpanProcessor(_throws_away()))
    tracer = provider.get_tracer("bench")
    return lambda function: tracer.start_as_current_span("noop")(function)


def of_langfuse() -> Decorate:
    langfuse = importlib.import_module("langfuse")
    logging.disable(logging.CRITICAL)
    langfuse.Langfuse(
        public_key="pk", secret_key="sk", base_url="http://127.0.0.1:9", span_exporter=_throws_away()
    )
    return langfuse.observe  # type: ignore[no-any-return]


def measure(subject: str, calls: int) -> dict[str, list[float]]:
    """Microseconds a call of each kind: of the thread, of the process."""
    makers: dict[str, Callable[[], Decorate]] = {
        "bare": lambda: lambda function: function,
        "oat": of_oat,
        "opentelemetry": of_opentelemetry,
        "langfuse": of_langfuse,
    }
    decorate = makers[subject]()

    @decorate
    def noop() -> None: ...

    @decorate
    async def noop_later() -> None: ...

    def run() -> None:
        for _ in range(calls):
            noop()

    async def run_later() -> None:
        for _ in range(calls):
            await noop_later()

    return {"sync": best(run, calls), "async": best(lambda: asyncio.run(run_later()), calls)}


def best(run: Callable[[], None], calls: int) -> list[float]:
    """The least CPU time of some rounds: of the thread, of the process."""
    thread, process = [], []
    for _ in range(ROUNDS):
        began = time.thread_time_ns(), time.process_time_ns()
        run()
        thread.append(time.thread_time_ns() - began[0])
        process.append(time.process_time_ns() - began[1])
    return [min(thread) / calls / 1000, min(process) / calls / 1000]


def compare(calls: int) -> bool:
    """Prints the table. True when the limits are kept."""
    took: dict[str, dict[str, list[float]]] = {}
    for subject in SUBJECTS:
        fewer = calls if subject in ("bare", "oat") else max(calls // 20, 1)
        with tempfile.TemporaryDirectory() as scratch:
            done = subprocess.run(
                [sys.executable, __file__, "--subject", subject, "--calls", str(fewer)],
                env={**os.environ, "OAT_BENCH_DIR": scratch, "OAT_QUIET": "1"},
                stdout=subprocess.PIPE,
                check=True,
            )
        took[subject] = json.loads(done.stdout)
    print(f"{'added to a call, us of CPU':<28}{'thread':>10}{'process':>10}{'x oat':>8}")
    kept = True
    for kind, limit in LIMITS_US.items():
        ours = took["oat"][kind][0] - took["bare"][kind][0]
        for subject in SUBJECTS[1:]:
            thread, process = (took[subject][kind][i] - took["bare"][kind][i] for i in (0, 1))
            print(f"{subject + ' ' + kind:<28}{thread:>10.2f}{process:>10.2f}{thread / ours:>8.1f}")
            kept &= subject == "oat" or thread >= LEAST_FACTOR * ours
        kept &= ours <= limit
    print("within the limits" if kept else f"over a limit: {LIMITS_US} us, {LEAST_FACTOR} x less than others")
    return kept


def resident_mib() -> dict[str, float]:
    """What is resident of this process: anonymous memory, pages of mapped files."""
    with open("/proc/self/status", encoding="ascii") as status:
        fields = dict(line.split(":", 1) for line in status)
    return {name: int(fields[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile", "RssShmem")}


def memory(spans: int) -> bool:
    """Prints the memory at each tenth. True when it has not grown in the second half."""
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["OAT_BENCH_DIR"] = scratch
        traced = of_oat()(lambda number: number)
        anonymous = []
        for tenth in range(10):
            for number in range(tenth * spans // 10, (tenth + 1) * spans // 10):
                traced(number)
            now = resident_mib()
            anonymous.append(now["RssAnon"])
            mapped = now["RssFile"] + now["RssShmem"]
            done = (tenth + 1) * spans // 10
            print(f"{done:>12,} spans: {anonymous[-1]:7.1f} MiB, {mapped:.1f} of mapped files", flush=True)
    grown = max(anonymous[5:]) - max(anonymous[:5])
    print(f"grown in the second half by {grown:.1f} MiB, at most {LIMIT_GROWN_MIB:.1f}")
    return grown <= LIMIT_GROWN_MIB


def main() -> int:
    parser = argparse.ArgumentParser(description="What tracing adds to a call of a Python function.")
    parser.add_argument("--calls", type=int, default=200_000)
    parser.add_argument("--memory", type=float, metavar="SPANS")
    parser.add_argument("--subject", choices=SUBJECTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        return 0 if memory(int(options.memory)) else 1
    if options.subject:
        print(json.dumps(measure(options.subject, options.calls)))
        return 0
    return 0 if compare(options.calls) else 1


if __name__ == "__main__":
    sys.exit(main())
