"""Servers that are measured beside each other: started, fed, asked and stopped in one way."""

from __future__ import annotations

import abc
import atexit
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

WAIT_S = 600.0
POLL_S = 0.02
LIST = 50


class Server(abc.ABC):
    """One that keeps its data in a folder and listens on the loopback interface, from start() to stop()."""

    name: str
    ready_path: str

    def __init__(self, folder: Path) -> None:
        """folder: is made; belongs to the server."""
        folder.mkdir(parents=True)
        self.folder = folder
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @abc.abstractmethod
    def command(self) -> tuple[list[str], dict[str, str]]:
        """What starts it to listen on self.port, and what its environment has besides."""

    def start(self) -> float:
        """Seconds from its start until it says that it is ready."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        command, more = self.command()
        log = (self.folder.with_suffix(".log")).open("ab")
        begin = time.perf_counter()
        self.process = subprocess.Popen(command, env={**os.environ, **more}, stdout=log, stderr=log)
        atexit.register(self.process.kill)  # when something fails before it is stopped
        while time.perf_counter() - begin < WAIT_S:
            try:
                if self.request("GET", self.ready_path)[0] == 200:
                    return time.perf_counter() - begin
            except OSError:
                pass
            time.sleep(POLL_S)
        raise RuntimeError(f"{self.name} is not ready after {WAIT_S:g} s: see {log.name}")

    def stop(self) -> None:
        """As a service manager stops it: SIGINT is ignored by what starts in the background."""
        assert self.process
        self.process.terminate()
        self.process.wait(WAIT_S)
        self.process = None

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)

    def request(self, method: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
        """Status, and the JSON of the answer if it is JSON."""
        connection = self.connect()
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text[:1] in (b"{", b"[") else None
        finally:
            connection.close()

    def bytes_of(self, path: str) -> bytes:
        """The body of an answer, which is a good one."""
        connection = self.connect()
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{self.name}: GET {path}: {answer.status}")
        return body

    def _memory_bytes(self, name: str) -> int:
        assert self.process
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(rf"{name}:\s+(\d+) kB", status)
        assert found
        return int(found[1]) * 1024

    def resident_bytes(self) -> tuple[int, int]:
        """Of its memory, now and at most so far."""
        return self._memory_bytes("VmRSS"), self._memory_bytes("VmHWM")

    def anonymous_bytes(self) -> int:
        """Of its memory now, without what it maps of files."""
        return self._memory_bytes("RssAnon")

    def processor_s(self) -> float:
        """Time of processors that it has taken."""
        assert self.process
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class TraceServer(Server):
    """One that shows traces."""

    list_path: str  # of the newest LIST traces

    @abc.abstractmethod
    def version(self) -> str:
        """As users say it."""

    @abc.abstractmethod
    def spans(self) -> int:
        """How many it would show now."""

    @abc.abstractmethod
    def traces_in(self, answer: Any) -> int:
        """How many an answer to list_path shows."""


class Oat(TraceServer):
    """This project's daemon, as it comes: what it acknowledges is on the device."""

    name = "oat-httpd"
    list_path = f"/traces?limit={LIST}"
    ready_path = "/ready"

    def __init__(self, folder: Path, build: Path) -> None:
        """build: where the programs are."""
        super().__init__(folder)
        self.build = build

    def version(self) -> str:
        return subprocess.check_output([self.build / "oat", "--version"], text=True).strip()

    def command(self) -> tuple[list[str], dict[str, str]]:
        listen = ["--listen", f"127.0.0.1:{self.port}", "--otlp-http", "off", "--otlp-grpc", "off"]
        return [str(self.build / "oat-httpd"), "--dir", str(self.folder / "store"), *listen], {}

    def spans(self) -> int:
        return int(self.request("GET", "/stats")[1]["spans"])

    def traces_in(self, answer: Any) -> int:
        return len(answer["traces"])


class Reader(Oat):
    """The daemon, leaving the store as it is."""

    def command(self) -> tuple[list[str], dict[str, str]]:
        command, more = super().command()
        return [*command, "--no-compact"], more


class Phoenix(TraceServer):
    """Arize Phoenix with its default database, SQLite; it acknowledges what it has queued."""

    name = "Arize Phoenix"
    list_path = f"/v1/projects/default/traces?limit={LIST}&sort=start_time&order=desc"
    ready_path = "/readyz"

    def version(self) -> str:
        from importlib.metadata import version

        return f"Arize Phoenix {version('arize-phoenix')}"

    def command(self) -> tuple[list[str], dict[str, str]]:
        with socket.create_server(("127.0.0.1", 0)) as free:
            grpc_port = int(free.getsockname()[1])
        environment = {
            "PHOENIX_HOST": "127.0.0.1",
            "PHOENIX_PORT": str(self.port),
            "PHOENIX_GRPC_PORT": str(grpc_port),
            "PHOENIX_WORKING_DIR": str(self.folder.resolve()),
            "PHOENIX_TELEMETRY_ENABLED": "false",
            "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
        }
        return [sys.executable, "-m", "phoenix.server.main", "serve"], environment

    def spans(self) -> int:
        query = json.dumps({"query": "{projects {edges {node {recordCount}}}}"}).encode()
        answer = self.request("POST", "/graphql", query)[1]
        return sum(int(edge["node"]["recordCount"]) for edge in answer["data"]["projects"]["edges"])

    def traces_in(self, answer: Any) -> int:
        return len(answer["data"])
