#!/usr/bin/env python3
"""Kills oat-compact at random moments while it compacts real traces and a program goes on writing.

Usage: compact_kill.py [--rounds N] [--seed S] BUILD
After each kill, and after the run that follows, every span must be there once and as it was.
Ends in "N passed, N failed", counting rounds; without test data (OAT_TEST_DATA) it uses demo data.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = Path(os.environ.get("OAT_TEST_DATA", ROOT.parent / "shared" / "data"))
REAL = ["otlp", "trajectories/swe-agent-demos", "trajectories/autocoderover-gpt4", "trajectories/atif-harbor"]
SERVICE = "live-writer"
WAIT_S = 60.0
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("OAT_")}

Spans = dict[tuple[str, str, str], dict[str, Any]]


class Wrong(Exception):
    """What a round found."""


class Writer:
    """A live_writer that runs from construction to stop()."""

    def __init__(self, program: Path, store: Path) -> None:
        self.process = subprocess.Popen([program, store], stdout=subprocess.PIPE, env=ENVIRONMENT)
        self.done = 0  # spans whose end has returned
        self.thread = threading.Thread(target=self.follow)
        self.thread.start()

    def follow(self) -> None:
        """Counts."""
        assert self.process.stdout
        for line in self.process.stdout:
            if line.endswith(b"\n"):
                self.done = int(line) + 1

    def wait_for(self, spans: int) -> None:
        """Until so many have ended."""
        until = time.monotonic() + WAIT_S
        while self.done < spans:
            if self.process.poll() is not None or time.monotonic() > until:
                raise Wrong(f"the writer stopped after {self.done} spans")
            time.sleep(0.002)

    def stop(self) -> None:
        """As a crash would."""
        self.process.kill()
        self.process.wait()
        self.thread.join()


class Programs:
    """Of a build."""

    def __init__(self, build: Path) -> None:
        self.oat, self.compact = build / "oat", build / "oat-compact"
        self.writer, self.demo = build / "tests/crash/live_writer", build / "examples/demo_data"

    def run(self, *command: str | Path) -> bytes:
        """What a program prints; it must succeed."""
        done = subprocess.run(command, capture_output=True, check=False, env=ENVIRONMENT)
        if done.returncode != 0:
            raise Wrong(f"{Path(command[0]).name}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def export(self, store: Path) -> Spans:
        """Everything that a reader sees; twice the same span is a failure."""
        spans: Spans = {}
        for line in self.run(self.oat, "--dir", store, "export", "--payloads").splitlines():
            span = json.loads(line)
            key = (span["trace_id"], span["span_id"], span["start_time_unix_nano"])
            if key in spans:
                raise Wrong(f"a span is there twice: {key}")
            spans[key] = span
        return spans

    def make_store(self, store: Path) -> None:
        """Half of it in parts, which a run with --full merges with the rest."""
        if (DATA / "otlp").is_dir():
            for folder in REAL[:2], REAL[2:]:
                self.run(self.oat, "--dir", store, "import", *(DATA / name for name in folder))
                if folder == REAL[:2]:
                    self.run(self.compact, store)
        else:
            environment = {**ENVIRONMENT, "OAT_DATA_DIR": str(store)}
            subprocess.run([self.demo], check=True, stdout=subprocess.DEVNULL, env=environment)


def check_written(spans: list[dict[str, Any]], least: int) -> None:
    """Spans of the live writer: all that had ended, each once, whole."""
    names = {span["name"]: span for span in spans}
    if len(names) != len(spans):
        raise Wrong(f"{len(spans)} spans of the writer have {len(names)} names")
    for n in range(least):
        span = names.get(f"span {n}")
        if not span:
            raise Wrong(f"span {n} of {least} is lost")
        if span["inputs"] != f"input {n}" * (n % 50 + 1):
            raise Wrong(f"span {n} has another input: {span['inputs']!r}")
        if [event["name"] for event in span["events"]] != ["noticed"]:
            raise Wrong(f"span {n} has events {span['events']}")


def check(programs: Programs, store: Path, want: Spans, writer: Writer) -> None:
    """Nothing is lost, nothing is doubled."""
    least = writer.done
    have = programs.export(store)
    old = {key: span for key, span in have.items() if span["service"] != SERVICE}
    if old != want:
        differing = [key for key in want.keys() | old.keys() if want.get(key) != old.get(key)]
        raise Wrong(f"{len(differing)} of {len(want)} spans differ, among them {differing[0]}")
    check_written([span for span in have.values() if span["service"] == SERVICE], least)


def check_swept(programs: Programs, store: Path) -> None:
    """Files are those that a reader uses, and a few that belong to the store."""
    stat = json.loads(programs.run(programs.oat, "--dir", store, "stat", "--json"))
    parts = list(store.glob("days/*/*.part"))
    if len(parts) != stat["parts"]:
        raise Wrong(f"{len(parts)} files of parts, of which {stat['parts']} are live")
    left = [p for p in store.rglob("*") if p.name.startswith(".tmp-") or p.parent.name == "hot"]
    left += list(store.glob("catalog/*"))[1:]
    if left:
        raise Wrong(f"left behind: {left[0]}")
    programs.run(programs.oat, "--dir", store, "verify", "--deep")


def kill_one(programs: Programs, store: Path, longest_s: float, rng: random.Random, full: bool) -> bool:
    """Starts a run and kills it. False: it had ended."""
    command: list[str | Path] = [programs.compact, store]
    command += ["--full"] if full else []
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    time.sleep(rng.uniform(0, longest_s))
    process.kill()
    return process.wait() == -signal.SIGKILL


@contextmanager
def live_writer(programs: Programs, store: Path) -> Iterator[Writer]:
    """A writer that is stopped in any case."""
    writer = Writer(programs.writer, store)
    try:
        yield writer
    finally:
        writer.stop()


class Rounds:
    """All rounds start from copies of one store."""

    def __init__(self, programs: Programs, scratch: Path) -> None:
        self.programs, self.scratch, self.base = programs, scratch, scratch / "base"
        programs.make_store(self.base)
        self.want = programs.export(self.base)
        self.longest_s = 0.0
        self.whole_runs_s()

    def whole_runs_s(self) -> None:
        """How long a run takes that nobody kills."""
        store = self.scratch / "timed"
        shutil.copytree(self.base, store)
        with live_writer(self.programs, store) as writer:
            writer.wait_for(200)
            begun = time.monotonic()
            self.programs.run(self.programs.compact, "--full", store)
            self.longest_s = time.monotonic() - begun
        shutil.rmtree(store)

    def run(self, number: int, rng: random.Random) -> bool:
        """One round; False: the run ended before it was killed."""
        store = self.scratch / f"round-{number}"
        shutil.copytree(self.base, store)
        full = rng.random() < 0.5
        with live_writer(self.programs, store) as writer:
            writer.wait_for(rng.randrange(100, 300))
            killed = kill_one(self.programs, store, self.longest_s, rng, full)
            self.longest_s *= 1.05 if killed else 0.8  # follows how busy the machine is
            check(self.programs, store, self.want, writer)
            self.programs.run(self.programs.compact, *(["--full"] if full else []), store)
            check(self.programs, store, self.want, writer)
        check(self.programs, store, self.want, writer)
        self.programs.run(self.programs.compact, store)
        check(self.programs, store, self.want, writer)
        check_swept(self.programs, store)
        shutil.rmtree(store)
        return killed


def main() -> int:
    """Counts rounds in which a run was killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**9)
    parser.add_argument("build", type=Path)
    arguments = parser.parse_args()
    passed = failed = ended = 0
    scratch = Path(tempfile.mkdtemp(prefix="oat-kill-"))
    rounds = Rounds(Programs(arguments.build.resolve()), scratch)
    for number in range(10 * arguments.rounds):
        if passed + failed == arguments.rounds or failed >= 3:
            break
        try:
            killed = rounds.run(number, random.Random(arguments.seed * 1000 + number))
            passed += killed
            ended += not killed
        except Wrong as wrong:
            failed += 1
            print(f"round {number} (seed {arguments.seed}, kept in {scratch}/round-{number}): {wrong}")
    if not failed:
        shutil.rmtree(scratch)
    print(f"{len(rounds.want)} spans, runs of {rounds.longest_s:.2f} s; {ended} more ended unharmed")
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0 or passed < arguments.rounds)


if __name__ == "__main__":
    sys.exit(main())
