#!/usr/bin/env python3
"""Compacts generated spans in several orders of steps, and dumps every span before and after each.

Usage: roundtrip.py [--spans N] [--payloads SHARE] [--dir DIR] BUILD
A dump is what `oat export --payloads` prints: every field, attribute, event, link, score and payload byte
of every span, whatever the order of the lines. Ends in "N passed, N failed", counting steps.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ORDERS = (
    "compact append compact full",
    "compact full append compact",
    "append compact full",
    "full append full",
)
DAYS = 30
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("OAT_")}


class Dump(NamedTuple):
    """A multiset of lines: how many, and the sum of their hashes."""

    lines: int
    hashes: int


class Programs:
    """The programs under test."""

    def __init__(self, build: Path) -> None:
        self.build = build

    def run(self, *command: str | Path) -> None:
        """Runs one; it must succeed."""
        subprocess.run(
            (self.build / command[0], *command[1:]), check=True, env=ENVIRONMENT, stdout=subprocess.DEVNULL
        )

    def generate(self, store: Path, spans: int, seed: int, payloads: float) -> None:
        """Appends spans that only the seed and their number decide."""
        self.run(
            *("bench/generate", "--dir", store, "--spans", str(spans), "--days", str(DAYS)),
            *("--seed", str(seed), "--payloads", str(payloads)),
        )

    def dump(self, store: Path) -> Dump:
        """Everything that a reader sees of a store."""
        command = (self.build / "oat", "--dir", store, "export", "--format", "jsonl", "--payloads")
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=ENVIRONMENT) as process:
            assert process.stdout
            found = add_up(process.stdout)
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, command)
        return found


def add_up(lines: Iterable[bytes]) -> Dump:
    """The dump that lines make."""
    count = total = 0
    for line in lines:
        total += int.from_bytes(hashlib.blake2b(line, digest_size=16).digest(), "big")
        count += 1
    return Dump(count, total)


def link_pairs(names: Iterable[str], source: Path, store: Path) -> None:
    """Gives the store pairs of another: files that nobody writes to any more."""
    (store / "hot").mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (store / "STORE").exists():
        shutil.copy(source / "STORE", store / "STORE")
    for name in names:
        os.link(source / "hot" / name, store / "hot" / name)


def say(text: str) -> None:
    """Progress."""
    print(text, file=sys.stderr, flush=True)


class State(NamedTuple):
    """Pairs that a store gets, and what is shown once it has them."""

    names: set[str]
    dump: Dump


def make_pairs(programs: Programs, pairs: Path, spans: int, payloads: float) -> tuple[State, State]:
    """The first half of the spans, and what comes with the second."""
    states: list[State] = []
    for seed in (1, 2):
        programs.generate(pairs, spans // 2, seed, payloads)
        names = {path.name for path in (pairs / "hot").iterdir()}
        states.append(State(names - (states[0].names if states else set()), programs.dump(pairs)))
        if states[-1].dump.lines != spans // 2 * seed:
            sys.exit(f"roundtrip.py: {states[-1].dump.lines} spans are shown of {spans // 2 * seed}")
    return states[0], states[1]


def differing_steps(
    programs: Programs, pairs: Path, store: Path, states: tuple[State, State], order: str
) -> int:
    """Takes the steps of an order, one after the other; how many of them change what is shown."""
    differing = 0
    now = states[0]
    link_pairs(now.names, pairs, store)
    for step in order.split():
        start = time.monotonic()
        if step == "append":
            now = states[1]
            link_pairs(now.names, pairs, store)
        else:
            programs.run("oat-compact", *(("--full",) if step == "full" else ()), store)
        taken_s = time.monotonic() - start
        found = programs.dump(store)
        differing += found != now.dump
        verdict = "the same" if found == now.dump else "DIFFERENT"
        say(f"{order}: {step} took {taken_s:.1f} s, {found.lines} spans, {verdict}")
    return differing


def main() -> int:
    """Runs it; 1 when a dump differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("build", type=Path, help="where the programs are")
    parser.add_argument("--spans", type=float, default=2e4)
    parser.add_argument("--payloads", type=float, default=0.02, help="share of the runs with conversations")
    parser.add_argument("--dir", type=Path, help="where the data goes for a while")
    options = parser.parse_args()
    programs = Programs(options.build)
    steps = failed = 0
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        pairs, store = Path(folder) / "pairs", Path(folder) / "store"
        states = make_pairs(programs, pairs, int(options.spans), options.payloads)
        for order in ORDERS:
            steps += len(order.split())
            failed += differing_steps(programs, pairs, store, states, order)
            shutil.rmtree(store)
    print(f"{steps - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
