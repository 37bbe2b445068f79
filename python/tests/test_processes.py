"""Agents of several processes: forked, spawned, behind a prefork server."""

from __future__ import annotations

import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from conftest import Recorded

WORKERS = """
import concurrent.futures, multiprocessing, os, sys
import oat

@oat.trace(name="work", span_type="tool")
def work(number):
    return os.getpid()

@oat.trace(span_type="agent")
def agent(method):
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        return list(pool.map(oat.carry(work), range(20)))

if __name__ == "__main__":
    agent(sys.argv[1])
"""

SERVED = """
import oat

oat.get_tracer(service_name="served")

@oat.trace_tool("look up")
def look_up(path):
    return path

@oat.trace(name="request", span_type="agent")
def answer(path):
    return look_up(path)

def application(environ, start_response):
    body = answer(environ["PATH_INFO"]).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""


def environment(store: pathlib.Path) -> dict[str, str]:
    return {**os.environ, "OAT_DATA_DIR": str(store), "OAT_QUIET": "1"}


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_what_workers_do_is_below_who_asked(tmp_path: pathlib.Path, method: str) -> None:
    program = tmp_path / "workers.py"
    program.write_text(WORKERS)
    done = subprocess.run(
        [sys.executable, str(program), method],
        env=environment(tmp_path / "store"),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    (trace,) = Recorded(tmp_path / "store").traces()
    agent, *work = trace.spans
    assert (agent.name, agent.status, len(work)) == ("agent", "success", 20)
    assert {(span.parent_span_id, span.status) for span in work} == {(agent.span_id, "success")}
    assert sorted(span.inputs["number"] for span in work) == list(range(20))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str, deadline_s: float) -> str:
    """What a server answers that may still be starting."""
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return str(answer.read().decode())
        except OSError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.05)


@pytest.mark.parametrize("preload", [[], ["--preload"]], ids=["loaded-by-workers", "loaded-before-the-fork"])
def test_requests_of_a_prefork_server_are_traces(tmp_path: pathlib.Path, preload: list[str]) -> None:
    (tmp_path / "served.py").write_text(SERVED)
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--workers", "3", "--bind", f"127.0.0.1:{port}", *preload]
    server = subprocess.Popen(
        [*command, "--log-level", "error", "served"], cwd=tmp_path, env=environment(tmp_path / "store")
    )
    try:
        deadline_s = time.monotonic() + 60
        paths = [f"/{number}" for number in range(30)]
        assert [get(f"http://127.0.0.1:{port}{path}", deadline_s) for path in paths] == paths
    finally:
        server.terminate()
        server.wait(60)
    traces = Recorded(tmp_path / "store").traces()
    assert sorted(trace.spans[0].inputs["path"] for trace in traces) == sorted(paths)
    assert {tuple(span.name for span in trace.spans) for trace in traces} == {("request", "look up")}
    assert {trace.status for trace in traces} == {"success"}
