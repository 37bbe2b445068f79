"""Prompts are in the store when they have been answered, as SPEC.md says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from daemon import Daemon
from programs import BUILD
from spec_prompts import canonical, read_prompts

GREET = {"template": "Guten Tag, {{name}}", "model_settings": {"model": "gpt-4o", "temperature": 0.5}}


@pytest.fixture(name="store")
def make_store(tmp_path: Path) -> Path:
    """A store with a few traces."""
    environment = dict(os.environ, OAT_DATA_DIR=str(tmp_path / "store"))
    demo = [str(BUILD / "examples" / "demo_data"), "--traces", "3"]
    subprocess.run(demo, check=True, env=environment, stdout=subprocess.DEVNULL)
    return tmp_path / "store"


@pytest.fixture(name="daemon")
def start_daemon(store: Path, tmp_path: Path) -> Iterator[Daemon]:
    """A daemon over it."""
    daemon = Daemon(BUILD / "oat-httpd", store, tmp_path / "log")
    yield daemon
    daemon.stop()


def send(daemon: Daemon, method: str, path: str, body: object, status: int = 200) -> Any:
    """The JSON that comes back."""
    answer = daemon.request(path, method, body=json.dumps(body).encode())
    assert answer.status == status, answer.body[:300]
    return answer.json()


def test_the_file_is_as_specified(daemon: Daemon, store: Path) -> None:
    """An independent reader finds the same versions, labels, weights and picks."""
    send(daemon, "POST", "/prompts/greet", GREET, 201)
    send(daemon, "POST", "/prompts/greet", {"template": "Hi {{name}}", "labels": ["production"]}, 201)
    send(daemon, "POST", "/prompts/%C3%A4rger%2F1", {"template": [{"role": "user", "content": "x"}]}, 201)
    send(daemon, "PUT", "/prompts/greet/labels/old%20one", {"version": 1})
    send(daemon, "PUT", "/prompts/greet/split", {"1": 30, "2": 70})
    prompts = read_prompts(store)
    assert list(prompts.versions) == [b"greet", "ärger/1".encode()]
    assert prompts.versions[b"greet"][0] == (30, canonical({**GREET, "variables": ["name"]}))
    assert prompts.labels == {(b"greet", b"production"): 2, (b"greet", b"old one"): 1}
    for key in range(50):
        picked = daemon.get(f"/prompts/greet/pick?key=user-{key}")
        assert picked["version"] == prompts.pick(b"greet", f"user-{key}".encode())
        assert picked["picked_by"] == "split"


def test_what_was_answered_survives_a_kill(daemon: Daemon, store: Path, tmp_path: Path) -> None:
    """Also beside oat-compact, which leaves prompts alone."""
    for number in range(1, 21):
        made = send(daemon, "POST", "/prompts/greet", {"template": f"version {number}"}, 201)
        assert made["version"] == number
    daemon.stop(signal.SIGKILL)
    subprocess.run([str(BUILD / "oat-compact"), "--full", str(store)], check=True, capture_output=True)
    again = Daemon(BUILD / "oat-httpd", store, tmp_path / "log2")
    try:
        assert again.get("/prompts/greet")["template"] == "version 20"
        assert len(again.get("/prompts/greet")["versions"]) == 20
    finally:
        again.stop()


def test_two_daemons_lose_no_version_of_each_other(daemon: Daemon, store: Path, tmp_path: Path) -> None:
    """Numbers are given once, whoever asks."""
    other = Daemon(BUILD / "oat-httpd", store, tmp_path / "log2")
    try:
        with ThreadPoolExecutor(8) as pool:
            asked = [
                pool.submit(send, (daemon, other)[n % 2], "POST", "/prompts/p", {"template": str(n)}, 201)
                for n in range(40)
            ]
            assert sorted(answer.result()["version"] for answer in asked) == list(range(1, 41))
    finally:
        other.stop()
    assert len(read_prompts(store).versions[b"p"]) == 40
