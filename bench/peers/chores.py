"""What is not asked of other engines: compacting, opening a store of many parts, searching text."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from peers.data import compact, generate, say
from peers.engines import Store
from peers.findings import Finding

RUNS = 7
COMPACTIONS = 3
DAYS, PARTS_A_DAY = 365, 10
PHRASE = "ultramarine heron countersigned"  # of bench/generate_text.c, which has it in ten spans
PHRASES = 10


def compactions(build: Path, store: Path, spans: int) -> list[Finding]:
    """Speed of compacting a store that has not been: of copies, whose files are links."""
    say("compacting")
    findings = []
    for memory, goal in (("16G", ">= 1.5"), ("512M", ">= 1")):
        seconds = []
        for _ in range(COMPACTIONS):
            copy = store.with_name("copy")
            shutil.rmtree(copy, ignore_errors=True)
            subprocess.run(["cp", "-al", store, copy], check=True)
            seconds.append(compact(build, copy, "--memory", memory))
            shutil.rmtree(copy)
        speed = spans / statistics.median(seconds) / 1e6
        findings.append(Finding(f"compaction, --memory {memory}", speed, "million spans/s", goal))
    return findings


def opening(build: Path, folder: Path) -> list[Finding]:
    """Time to open a store of a year with ten parts a day."""
    store = folder / "year"
    say(f"making a store of {DAYS} days")
    shutil.rmtree(store, ignore_errors=True)
    for seed in range(PARTS_A_DAY):
        generate(build, store, DAYS * 200, DAYS, "--seed", str(seed))
        compact(build, store)
    parts = len(list((store / "days").glob("*/*.part")))
    year = Store(build / "bench/query_store", store)
    median = statistics.median([year.ask("open").ns for _ in range(RUNS)])
    year.close()
    shutil.rmtree(store)
    return [Finding(f"opening a store of {parts} parts", median / 1e6, "ms", "<= 20")]


def searching(build: Path, folder: Path, size: float) -> list[Finding]:
    """Compacting unique text, and finding a rare phrase in it with `oat grep`."""
    store = folder / "text"
    say(f"making {size:.0f} bytes of text")
    shutil.rmtree(store, ignore_errors=True)
    command = [str(build / "bench/generate_text"), "--dir", str(store), "--bytes", f"{size:.0f}"]
    subprocess.run(command, check=True, stdout=sys.stderr)
    seconds = compact(build, store)
    stat = json.loads(subprocess.check_output([build / "oat", "stat", "--json", "--dir", store]))
    unique = stat["unique_payload_bytes"]
    times = []
    for _ in range(RUNS + 1):
        begin = time.perf_counter()
        found = subprocess.check_output([build / "oat", "grep", "--json", "--dir", store, PHRASE])
        times.append(time.perf_counter() - begin)
        if len(found.splitlines()) != PHRASES:
            raise RuntimeError(f"oat grep found {len(found.splitlines())} spans, expected {PHRASES}")
    shutil.rmtree(store)
    return [
        Finding("compaction of text", unique / seconds / 1e6, "unique MB/s", ">= 100"),
        Finding("text index", stat["text_index_bytes"] / unique, "of unique bytes", "<= 0.1"),
        Finding("oat grep of a rare phrase", statistics.median(times[1:]) * 1e3, "ms", "<= 200"),
    ]
