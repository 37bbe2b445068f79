"""The examples of the product's description run as they stand there, against a daemon.

The description, product.md, lies beside the test data (OAT_TEST_DATA, default ../shared/data). What is taken
is its chapter "Server API": requests as `METHOD /path` with a body under them, Python and JavaScript. Its
port becomes the daemon's, and the trace that it names is there.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from daemon import WAIT_S, Daemon
from programs import BUILD

DESCRIPTION = Path(os.environ.get("OAT_TEST_DATA", "../shared/data")).parent / "product.md"
TRACE = "abc-123"  # as the Python example calls it
SPAN = "1234567890abcdef"
JSON = {"Content-Type": "application/json"}

pytestmark = pytest.mark.skipif(not DESCRIPTION.exists(), reason="the product's description is not here")


def blocks(language: str) -> list[str]:
    """The blocks of the chapter in a language."""
    text = DESCRIPTION.read_text(encoding="utf-8")
    chapter = text[text.index("\n## Server API\n") :]
    chapter = chapter[: chapter.index("\n## ", 1)]
    return re.findall(rf"^```{language}\n(.*?)^```$", chapter, re.MULTILINE | re.DOTALL)


def requests() -> list[tuple[str, str, str]]:
    """Method, path and body of the requests; comments are left out."""
    found = []
    for block in blocks("bash"):
        text = re.sub(r"\s*# .*", "", block)
        found += re.findall(r"^([A-Z]+) (/\S+)$\n?((?:^[^A-Z\n].*\n?)*)", text, re.MULTILINE)
    return found


def ingest(daemon: Daemon) -> None:
    """A trace for the examples to find."""
    span = {
        "trace_id": TRACE,
        "span_id": SPAN,
        "name": "answer",
        "span_type": "llm",
        "status": "success",
        "model": "gpt-4o",
        "start_time": 1700000000.0,
        "end_time": 1700000001.0,
        "inputs": {"question": "why?"},
        "outputs": "because",
    }
    answer = daemon.request("/ingest", "POST", JSON, json.dumps([span]).encode())
    assert answer.status == 200, answer.body


@pytest.fixture(name="daemon")
def start_daemon(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon(BUILD / "oat-httpd", tmp_path / "store", tmp_path / "log")
    ingest(daemon)
    yield daemon
    daemon.stop()


def here(daemon: Daemon, text: str) -> str:
    """An example that asks this daemon."""
    assert "localhost:8787" in text
    return text.replace("localhost:8787", f"localhost:{daemon.port}")


def run_script(daemon: Daemon, script: str, tail: str, options: tuple[str, ...] = ()) -> list[str]:
    """The lines that JavaScript prints; tail: what comes behind the example."""
    command = ["node", *options, "--input-type=module", "-"]
    text = f"const traceId = {TRACE!r};\n{here(daemon, script)}\n{tail}"
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


# What a request is answered with when the description gives it no body.
BODIES: dict[str, Any] = {
    "/ingest": [{"trace_id": "t", "span_id": "s", "name": "n", "start_time": 1.0, "end_time": 2.0}],
    "/analytics/query": {"group_by": ["span_type", "hour"], "aggregates": ["count", "p95:duration_ms"]},
}


def test_every_request_is_answered(daemon: Daemon) -> None:
    """Also with what a client adds that the description leaves out: bodies."""
    found = requests()
    assert len(found) >= 9
    for method, path, body in sorted(found, key=lambda request: request[0] == "DELETE"):
        path = path.replace("{trace_id}", TRACE).replace("{span_id}", SPAN)
        text = body.strip() or json.dumps(BODIES[path] if method == "POST" else None)
        answer = daemon.request(path, method, *((JSON, text.encode()) if method == "POST" else ()))
        assert answer.status == 200, f"{method} {path}: {answer.status} {answer.body[:300]!r}"


def test_the_python_client_example_runs(daemon: Daemon) -> None:
    """With httpx, as it is written."""
    names: dict[str, Any] = {}
    for block in blocks("python"):
        exec(here(daemon, block), names)
    assert [trace["trace_id"] for trace in names["traces"]["traces"]] == [TRACE]
    assert names["trace_details"]["spans"][0]["inputs"] == {"question": "why?"}


def test_the_javascript_client_example_runs(daemon: Daemon) -> None:
    """With fetch, as it is written."""
    (script,) = (block for block in blocks("javascript") if "fetch(" in block)
    printed = run_script(daemon, script, "console.log(JSON.stringify(traces));")
    assert [trace["trace_id"] for trace in json.loads(printed[0])["traces"]] == [TRACE]
    scores = daemon.get(f"/traces/{TRACE}")["scores"]
    assert [(score["value"], score["comment"]) for score in scores] == [(1, "Excellent!")]


def test_the_websocket_example_runs(daemon: Daemon) -> None:
    """In a Node that has the browsers' WebSocket: by itself from 22 on, when asked for in 20."""
    (script,) = (block for block in blocks("javascript") if "new WebSocket" in block)
    options: tuple[str, ...] = ("--experimental-websocket",)
    probe = subprocess.run(["node", *options, "-e", "WebSocket"], capture_output=True, check=False)
    if probe.returncode != 0:
        pytest.skip("this Node has no WebSocket")
    tail = f"""
ws.onopen = () => fetch('http://localhost:{daemon.port}/ingest', {{method: 'POST',
  headers: {{'Content-Type': 'application/json'}}, body: JSON.stringify(
  {{trace_id: 'live', span_id: 'live', name: 'fresh', start_time: 1.0, end_time: 2.0}})}});
ws.addEventListener('message', (event) => event.data.includes('fresh') && ws.close());"""
    printed = run_script(daemon, script, tail, options)
    assert any("New span:" in line for line in printed), printed
    assert any("fresh" in line for line in printed), printed
