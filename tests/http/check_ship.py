#!/usr/bin/env python3
"""Checks of oat ship: a store is sent to the daemon of another while it grows, and everybody is killed.

Usage: check_ship.py BUILD SCRATCH     (SCRATCH/store is what demo_data wrote)
KILL_ROUNDS: how often everybody is killed (1).
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest
from hashlib import sha256
from pathlib import Path
from typing import Any

from check_segments import Pair
from daemon import WAIT_S, Daemon, run_tests

BUILD, SCRATCH = Path(sys.argv[1]), Path(sys.argv[2])
ROUNDS = int(os.environ.get("KILL_ROUNDS", "1"))


def start(test: unittest.TestCase, name: str, port: int = 0) -> Daemon:
    """A daemon of the test's own over SCRATCH/name; it ends with the test."""
    options = ["--listen", f"127.0.0.1:{port}"] if port else []
    own = Daemon(BUILD / "oat-httpd", SCRATCH / name, SCRATCH / f"{name}.log", options)
    test.addCleanup(own.stop, signal.SIGKILL)
    return own


def command(store: str, port: int, *options: str) -> list[str]:
    to = f"http://127.0.0.1:{port}"
    return [*map(str, (BUILD / "oat", "--dir", SCRATCH / store, "ship", "--to", to, *options))]


def ship_once(store: str, port: int) -> Any:
    ran = subprocess.run(
        command(store, port, "--once", "--json"),
        capture_output=True,
        text=True,
        timeout=10 * WAIT_S,
        check=False,
    )
    return (ran.returncode, json.loads(ran.stdout) if ran.stdout else ran.stderr)


def files(store: str) -> list[tuple[str, bool, str, str]]:
    """What tells two stores apart: of each pair its name, whether it is sealed, and digests."""
    pairs = [Pair(path) for path in sorted((SCRATCH / store / "hot").glob("*.spans"))]
    return [(p.path, p.is_sealed, sha256(p.spans).hexdigest(), sha256(p.blobs).hexdigest()) for p in pairs]


def totals(to: Daemon) -> Any:
    told = to.get("/traces/totals")
    return (told["traces"], told["span_count"], told["by_status"])


def damage(path: Path, offset: int, count: int) -> None:
    """Puts zeros in the place of what is there."""
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(bytes(count))


def shown(trace: Any) -> Any:
    names = ("span_id", "name", "status", "inputs", "outputs", "attributes")
    return [[span.get(name) for name in names] for span in trace["spans"]]


class Shipping(unittest.TestCase):
    def test_a_store_that_is_shipped_is_the_same_store(self) -> None:
        origin, target = start(self, "store"), start(self, "shipped")
        status, told = ship_once("store", target.port)
        self.assertEqual((status, told["pairs"]), (0, len(files("store"))), told)
        self.assertEqual(files("shipped"), files("store"))
        self.assertEqual(totals(target), totals(origin))
        self.assertLess(ship_once("store", target.port)[1]["bytes"], told["bytes"] / 2)

    def test_damage_is_sent_as_it_is(self) -> None:
        shutil.copytree(SCRATCH / "store", SCRATCH / "damaged")
        for path in (SCRATCH / "damaged" / "hot").glob("*.spans"):
            damage(path, 4096 + 256 * 5, 256)  # a slot is gone: a name, perhaps, that others refer to
            blobs = path.with_suffix(".blobs")
            damage(blobs, 300, 1)
            damage(blobs, max(320, blobs.stat().st_size // 2), 20)
        origin, target = start(self, "damaged"), start(self, "damaged-too")
        status, told = ship_once("damaged", target.port)
        self.assertEqual(status, 0, told)
        self.assertEqual(totals(target), totals(origin))
        for trace in origin.get("/traces?limit=1000")["traces"]:
            asked = f"/traces/{trace['trace_id']}?include_blobs=true"
            self.assertEqual(shown(target.get(asked)), shown(origin.get(asked)))

    def test_a_daemon_that_is_not_there_is_waited_for(self) -> None:
        first = start(self, "late")
        port = first.port
        first.stop(signal.SIGKILL)
        status, told = ship_once("store", port)
        sent = SCRATCH / "store" / "outbox"
        self.assertEqual((status, sent.exists()), (1, False))
        self.addCleanup(shutil.rmtree, sent)
        with subprocess.Popen(command("store", port, "--interval", "50"), stderr=subprocess.PIPE) as shipper:
            try:
                time.sleep(1.0)
                start(self, "late", port)
                deadline = time.monotonic() + WAIT_S
                while files("late") != files("store") and time.monotonic() < deadline:
                    time.sleep(0.1)
                self.assertEqual(files("late"), files("store"))
                while len(list(sent.iterdir())) < len(files("store")) and time.monotonic() < deadline:
                    time.sleep(0.1)
                self.assertEqual(len(list(sent.iterdir())), len(files("store")))
            finally:
                shipper.kill()

    def test_what_grows_arrives_whole_however_often_everybody_is_killed(self) -> None:
        dice = random.Random()
        for number in range(ROUNDS):
            origin, replica = f"grown-{number // 5}", f"growing-{number // 5}"
            with self.subTest(round=number):
                kill_everybody(self, origin, replica, dice)
                target = start(self, replica)
                status, told = ship_once(origin, target.port)
                self.assertEqual(status, 0, told)
                self.assertEqual(files(replica), files(origin))
                served = start(self, origin)
                self.assertEqual(totals(target), totals(served))
                self.assertGreater(totals(served)[1], 0)
                target.stop()
                served.stop()


class Agent:
    """One that ships the store it writes to."""

    def __init__(self, test: unittest.TestCase, store: str, port: int, **environment: str) -> None:
        program = BUILD / "tests" / "crash" / "shipping_agent"
        to = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [program, SCRATCH / store, to],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self.said = ""
        test.addCleanup(self.kill)

    def _ask(self, text: str) -> str:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(text + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def write(self, text: str) -> None:
        assert self._ask(text) == "written"

    def flush(self) -> bool:
        """Whether the daemon has everything."""
        return self._ask("flush") == "sent"

    def end(self) -> int:
        self.said = self._process.communicate(timeout=10 * WAIT_S)[1]
        return self._process.returncode

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


class ShippingAgent(unittest.TestCase):
    def await_spans(self, target: Daemon, count: int) -> None:
        deadline = time.monotonic() + WAIT_S
        while totals(target)[1] < count and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(totals(target)[1], count)

    def test_what_an_agent_writes_arrives_while_it_runs_and_whole_when_it_ends(self) -> None:
        target = start(self, "from-agent")
        agent = Agent(self, "of-agent", target.port)
        agent.write("one")
        self.await_spans(target, 1)
        for number in range(500):
            agent.write(f"{number} " * 100)
        self.assertEqual(agent.end(), 0)
        self.assertEqual(files("from-agent"), files("of-agent"))
        self.assertEqual(totals(target)[1], 501)

    def test_what_was_flushed_is_there(self) -> None:
        target = start(self, "flushed")
        agent = Agent(self, "of-flushed", target.port)
        for number in range(1, 4):
            agent.write(str(number))
            self.assertTrue(agent.flush())
            self.assertEqual(totals(target)[1], number)
        target.stop(signal.SIGKILL)
        agent.write("more")
        self.assertFalse(agent.flush())
        start(self, "flushed", target.port)
        self.assertTrue(agent.flush())

    def test_a_daemon_over_the_very_same_store_needs_nothing(self) -> None:
        target = start(self, "same")
        agent = Agent(self, "same", target.port)
        agent.write("one")
        self.assertTrue(agent.flush())
        self.assertEqual((agent.end(), agent.said), (0, ""))
        self.assertEqual(totals(target)[1], 1)
        self.assertEqual(len(files("same")), 1)

    def test_a_request_has_no_more_than_is_said(self) -> None:
        target = start(self, "batched")
        agent = Agent(self, "of-batched", target.port, OAT_EXPORT_BATCH_SIZE="7")
        for number in range(100):
            agent.write(str(number))
        self.assertTrue(agent.flush())
        self.assertEqual((agent.end(), totals(target)[1]), (0, 100))
        self.assertEqual(files("batched"), files("of-batched"))
        found = re.findall(r"/spans\?offset=(\d+)", target.log.read_text())
        offsets = sorted({int(offset) for offset in found})
        self.assertGreater(len(offsets), 100 // 7)
        self.assertLessEqual(max(b - a for a, b in zip(offsets[1:], offsets[2:])), 7 * 256)

    def test_what_was_sent_need_not_be_kept(self) -> None:
        target = start(self, "kept")
        port = target.port
        target.stop(signal.SIGKILL)
        agent = Agent(self, "dropped", port, OAT_EXPORT_KEEP_LOCAL="false")
        agent.write("one")
        self.assertEqual(agent.end(), 0)
        self.assertEqual(len(files("dropped")), 1)  # the daemon is away
        target = start(self, "kept", port)
        agent = Agent(self, "dropped", port, OAT_EXPORT_KEEP_LOCAL="false")
        agent.write("two")
        self.await_spans(target, 2)
        self.assertEqual(len(files("dropped")), 1)  # it is written to
        self.assertEqual((agent.end(), agent.said), (0, ""))
        self.assertEqual(list((SCRATCH / "dropped" / "hot").iterdir()), [])
        self.assertEqual(totals(target)[1:], (2, {"success": 2}))

    def test_what_the_daemon_itself_has_is_kept(self) -> None:
        target = start(self, "shared")
        agent = Agent(self, "shared", target.port, OAT_EXPORT_KEEP_LOCAL="false")
        agent.write("one")
        self.assertTrue(agent.flush())
        self.assertEqual((agent.end(), totals(target)[1]), (0, 1))

    def test_another_agent_goes_on_when_the_one_that_sends_is_killed(self) -> None:
        target = start(self, "from-two")
        first, second = Agent(self, "of-two", target.port), Agent(self, "of-two", target.port)
        first.write("one")
        self.await_spans(target, 1)
        second.write("two")
        self.await_spans(target, 2)
        first.write("three")
        first.kill()
        self.await_spans(target, 3)
        self.assertEqual(second.end(), 0)
        self.assertEqual(files("from-two"), files("of-two"))

    def test_an_agent_without_a_daemon_ends_at_once_and_loses_nothing(self) -> None:
        away = start(self, "away")
        port = away.port
        away.stop(signal.SIGKILL)
        agent = Agent(self, "of-away", port)
        agent.write("one")
        self.assertEqual(agent.end(), 0)
        target = start(self, "away", port)
        self.assertEqual(ship_once("of-away", port)[0], 0)
        self.assertEqual(files("away"), files("of-away"))
        self.assertEqual(totals(target)[1], 1)


def kill_everybody(test: unittest.TestCase, origin: str, replica: str, dice: random.Random) -> None:
    """An agent that writes, a shipper that sends it on, a daemon that takes it: each is killed."""
    target = start(test, replica)
    live = [str(BUILD / "tests" / "crash" / "live_writer"), str(SCRATCH / origin)]
    victims = [target.process, subprocess.Popen(live, stdout=subprocess.DEVNULL)]
    while not (SCRATCH / origin / "STORE").exists():
        time.sleep(0.01)
    sending = command(origin, target.port, "--interval", "20")
    victims.append(subprocess.Popen(sending, stderr=subprocess.DEVNULL))
    time.sleep(0.2)
    for victim in dice.sample(victims, 3):
        time.sleep(dice.uniform(0.05, 0.4))
        victim.kill()
        victim.wait()


if __name__ == "__main__":
    sys.exit(run_tests())
