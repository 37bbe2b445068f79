"""Stores of generated spans, for benchmarks."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path


def say(text: str) -> None:
    """Progress, for people."""
    print(text, file=sys.stderr, flush=True)


def generate(build: Path, store: Path, spans: int, days: int, *arguments: str) -> None:
    """Appends generated spans to a store."""
    command = [str(build / "bench/generate"), "--dir", str(store), "--spans", str(spans), "--days", str(days)]
    subprocess.run([*command, *arguments], check=True, stdout=sys.stderr)


def generate_with_rows(build: Path, folder: Path, spans: int, days: int) -> Path:
    """Makes folder/store anew, and folder/rows with the same spans for other engines."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    say(f"making {spans} spans on {days} days")
    generate(build, folder / "store", spans, days, "--rows", str(folder / "rows"))
    return folder / "store"


def compact(build: Path, store: Path, *arguments: str) -> float:
    """Runs oat-compact over a store; returns the seconds it took."""
    begin = time.perf_counter()
    subprocess.run([build / "oat-compact", *arguments, store], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def disk_bytes(folder: Path) -> int:
    """Blocks that the files below a folder take."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
