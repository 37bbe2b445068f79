"""`oat ship` beside a Python agent, while the daemon comes and goes."""

from __future__ import annotations

import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any, Callable

import oat
import programs
import pytest
from conftest import Recorded
from daemon import Daemon

DAEMON, OAT = programs.BUILD / "oat-httpd", programs.BUILD / "oat"
PATIENCE_S = 60
OUTAGES = 3

# Writes until it is told to end; some of it in a forked child.
AGENT = """
import os, signal, sys, time
import oat

stop = []
signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
oat.get_tracer("agent", data_dir=sys.argv[1])

@oat.trace(span_type="tool")
def step(number):
    time.sleep(0.001)
    return {"number": number, "text": os.urandom(200).hex()}

if os.fork() == 0:
    step(-1)
    sys.exit(0)
os.wait()
number = 0
while not stop:
    with oat.span("turn", "agent") as turn:
        turn.add_event("began")
        for _ in range(10):
            number += 1
            step(number)
"""

pytestmark = pytest.mark.skipif(not (DAEMON.is_file() and OAT.is_file()), reason="not built")


def wait_until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < deadline, "waited for too long"
        time.sleep(0.05)


def count(store: pathlib.Path) -> int:
    """How many spans there are."""
    try:
        with oat.open(store) as opened:
            (row,) = opened.query(["count"])
            return int(row["count"])
    except FileNotFoundError:
        return 0


def everything(store: pathlib.Path) -> list[Any]:
    return sorted(
        [span.trace_id, span.span_id, span.parent_span_id, span.name, span.status, span.start_time]
        + [span.duration_ms, str(span.inputs), str(span.outputs), str(span.raw.get("events"))]
        for span in Recorded(store).spans()
    )


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that do not outlive the test."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def test_whatever_the_daemon_does_it_has_everything_in_the_end(
    tmp_path: pathlib.Path, started: list[subprocess.Popen[bytes]]
) -> None:
    local, remote = tmp_path / "local", tmp_path / "remote"
    remote.mkdir()
    daemon = Daemon(DAEMON, remote, tmp_path / "log")
    started.append(daemon.process)
    port = daemon.port
    agent = subprocess.Popen([sys.executable, "-c", AGENT, str(local)])
    started.append(agent)
    wait_until(lambda: count(local) > 0)
    ship = [str(OAT), "--dir", str(local), "ship", "--to", f"http://127.0.0.1:{port}"]
    started.append(subprocess.Popen([*ship, "--interval", "20"], stderr=subprocess.DEVNULL))
    for _ in range(OUTAGES):
        before = count(remote)
        wait_until(lambda: count(remote) > before)  # noqa: B023
        daemon.stop(signal.SIGKILL)
        before = count(local)
        wait_until(lambda: count(local) > before + 100)  # noqa: B023
        daemon = Daemon(DAEMON, remote, tmp_path / "log", ["--listen", f"127.0.0.1:{port}"])
        started.append(daemon.process)
    agent.send_signal(signal.SIGTERM)
    assert agent.wait(PATIENCE_S) == 0
    assert subprocess.run([*ship, "--once"], check=False, timeout=PATIENCE_S).returncode == 0
    sent = everything(local)
    assert everything(remote) == sent
    assert len(sent) == count(local) > 100 * OUTAGES
    assert {span[4] for span in sent} == {"success"}
