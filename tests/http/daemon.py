"""An oat-httpd of one's own on a free port, and ways to talk to it."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time
import unittest
from collections.abc import Sequence
from pathlib import Path
from typing import Any

WAIT_S = 20.0


class Daemon:
    """Runs from construction to stop(). It compacts only if told to: others may compare its store's files."""

    def __init__(
        self,
        program: Path,
        directory: Path,
        log: Path,
        options: Sequence[str | Path] = (),
        *,
        compacts: bool = False,
    ) -> None:
        self.log = log
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(
                [
                    *(program, "--dir", directory, "--listen", "127.0.0.1:0"),
                    *("--otlp-http", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0"),
                    *("--log-level", "debug", *([] if compacts else ["--no-compact"])),
                    *options,
                ],
                stderr=stderr,
            )
        self.port = self.wait_for_port()

    def wait_for_port(self) -> int:
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            found = re.search(r"listening on https?://127\.0\.0\.1:(\d+)", self.log.read_text())
            if found:
                return int(found[1])
            time.sleep(0.02)
        raise AssertionError(f"the daemon did not start: {self.log.read_text()}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(WAIT_S)

    def request(
        self, path: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """The JSON of a successful GET."""
        answer = self.request(path)
        if answer.status != 200:
            raise AssertionError(f"GET {path}: {answer.status} {answer.body[:300]!r}")
        return answer.json()

    def post(self, path: str, body: Any) -> Any:
        """The JSON of a successful POST of JSON."""
        answer = self.request(path, "POST", body=json.dumps(body).encode())
        if answer.status != 200:
            raise AssertionError(f"POST {path}: {answer.status} {answer.body[:300]!r}")
        return answer.json()

    def find_trace(self, **fields: Any) -> Any:
        """The newest trace with these fields."""
        traces = self.get("/traces?limit=1000")["traces"]
        return next(t for t in traces if all(t[name] == value for name, value in fields.items()))

    def raw(self, text: bytes, half_close: bool = True) -> bytes:
        """Everything that comes back for these bytes until the daemon closes. half_close: say that no
        more will come."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_S) as connection:
            received = b""
            try:
                connection.sendall(text)
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
                while piece := connection.recv(65536):
                    received += piece
            except OSError:
                pass
            return received


class Answer:
    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    def json(self) -> Any:
        return json.loads(self.body)


def run_tests() -> int:
    """Runs the tests of the program and says how many passed. Its exit status."""
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    result = unittest.TextTestRunner(verbosity=0).run(suite)
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    return 1 if failed else 0
