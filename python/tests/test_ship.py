"""A Python agent whose store is sent to a daemon that comes and goes: by `oat ship` beside it, or by it."""

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
oat.get_tracer("agent", data_dir=sys.argv[1], export_url=sys.argv[2], flush_interval=0.02)

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


class Remote:
    """A daemon that keeps its port when it comes back."""

    def __init__(self, folder: pathlib.Path, started: list[subprocess.Popen[bytes]]) -> None:
        self.store = folder / "remote"
        self.store.mkdir()
        self._log, self._started = folder / "log", started
        self._daemon = self._start()
        self._port = self._daemon.port
        self.url = f"http://127.0.0.1:{self._port}"

    def _start(self, *options: str) -> Daemon:
        daemon = Daemon(DAEMON, self.store, self._log, options)
        self._started.append(daemon.process)
        return daemon

    def kill(self) -> None:
        self._daemon.stop(signal.SIGKILL)

    def come_back(self) -> None:
        self._daemon = self._start("--listen", f"127.0.0.1:{self._port}")


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that do not outlive the test."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture
def remote(tmp_path: pathlib.Path, started: list[subprocess.Popen[bytes]]) -> Remote:
    return Remote(tmp_path, started)


def start_agent(
    started: list[subprocess.Popen[bytes]], local: pathlib.Path, url: str
) -> subprocess.Popen[bytes]:
    agent = subprocess.Popen([sys.executable, "-c", AGENT, str(local), url], stderr=subprocess.PIPE)
    started.append(agent)
    wait_until(lambda: count(local) > 0)
    return agent


def suffer_outages(remote: Remote, local: pathlib.Path) -> None:
    """The daemon is killed again and again, and comes back when the agent has written more."""
    for _ in range(OUTAGES):
        before = count(remote.store)
        wait_until(lambda: count(remote.store) > before)  # noqa: B023
        remote.kill()
        before = count(local)
        wait_until(lambda: count(local) > before + 100)  # noqa: B023
        remote.come_back()


def end(agent: subprocess.Popen[bytes]) -> str:
    """Has it end by itself. What it said."""
    agent.send_signal(signal.SIGTERM)
    said = agent.communicate(timeout=PATIENCE_S)[1].decode()
    assert agent.returncode == 0, said
    return said


def assert_same(remote: Remote, local: pathlib.Path) -> None:
    sent = everything(local)
    assert everything(remote.store) == sent
    assert len(sent) == count(local) > 100 * OUTAGES
    assert {span[4] for span in sent} == {"success"}


def test_oat_ship_sends_everything_in_the_end(
    tmp_path: pathlib.Path, started: list[subprocess.Popen[bytes]], remote: Remote
) -> None:
    local = tmp_path / "local"
    agent = start_agent(started, local, "")
    ship = [str(OAT), "--dir", str(local), "ship", "--to", remote.url]
    started.append(subprocess.Popen([*ship, "--interval", "20"], stderr=subprocess.DEVNULL))
    suffer_outages(remote, local)
    assert end(agent) == ""
    assert subprocess.run([*ship, "--once"], check=False, timeout=PATIENCE_S).returncode == 0
    assert_same(remote, local)


def test_an_agent_with_an_export_url_sends_everything_by_itself(
    tmp_path: pathlib.Path, started: list[subprocess.Popen[bytes]], remote: Remote
) -> None:
    local = tmp_path / "local"
    agent = start_agent(started, local, remote.url)
    suffer_outages(remote, local)
    before = count(remote.store)
    wait_until(lambda: count(remote.store) > before)
    assert "sending again" in end(agent)
    assert_same(remote, local)


def test_what_a_killed_agent_has_left_is_sent_by_the_next_one(
    tmp_path: pathlib.Path, started: list[subprocess.Popen[bytes]], remote: Remote
) -> None:
    local = tmp_path / "local"
    remote.kill()
    agent = start_agent(started, local, remote.url)
    wait_until(lambda: count(local) > 100)
    agent.kill()
    agent.communicate()
    remote.come_back()
    tracer = oat.get_tracer(data_dir=local, export_url=remote.url)
    assert repr(tracer.exporter) == f"HTTPExporter('{remote.url}')"
    with oat.span("of the next one"):
        pass
    assert tracer.flush()
    assert count(remote.store) == count(local) > 100
    tracer.shutdown()
    assert everything(remote.store) == everything(local)


def test_what_was_sent_need_not_be_kept(tmp_path: pathlib.Path, remote: Remote) -> None:
    local = tmp_path / "local"
    tracer = oat.get_tracer(data_dir=local, export_url=remote.url, keep_local=False, batch_size=10)
    for _ in range(100):
        with oat.span("x"):
            pass
    assert tracer.flush()
    assert count(remote.store) == count(local) == 100
    tracer.shutdown()
    assert (count(remote.store), list((local / "hot").iterdir())) == (100, [])


def test_an_agent_in_the_store_of_the_daemon_sends_nothing(
    remote: Remote, capfd: pytest.CaptureFixture[str]
) -> None:
    tracer = oat.get_tracer(data_dir=remote.store, export_url=remote.url)
    with oat.span("x"):
        pass
    assert tracer.flush()
    tracer.shutdown()
    assert (count(remote.store), capfd.readouterr().err) == (1, "")
