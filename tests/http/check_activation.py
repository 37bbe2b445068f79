#!/usr/bin/env python3
"""Checks of what systemd hands over and is told.

Usage: check_activation.py BUILD SCRATCH     (SCRATCH/store is what demo_data wrote)
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import unittest
import urllib.request
from pathlib import Path

from daemon import WAIT_S, run_tests

BUILD, SCRATCH = Path(sys.argv[1]), Path(sys.argv[2])
HTTPD = BUILD / "oat-httpd"


class Activation(unittest.TestCase):
    def activate(self, fd: int, **environment: str) -> subprocess.Popen[bytes]:
        """The daemon, to which a descriptor is handed over as systemd does it."""
        hand_over = 'exec 3<&"$0"; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"'
        command: list[str | Path] = ["bash", "-c", hand_over, str(fd), HTTPD, "--dir", SCRATCH / "store"]
        command += ["--listen", "127.0.0.1:1", "--otlp-http", "off", "--otlp-grpc", "off"]
        return subprocess.Popen(
            command, env={**os.environ, **environment}, pass_fds=[fd], stderr=subprocess.DEVNULL
        )

    def test_sockets_that_systemd_hands_over_are_served(self) -> None:
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified,
        ):
            notified.bind(str(SCRATCH / "notify"))
            notified.settimeout(WAIT_S)
            port = listener.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port), timeout=WAIT_S) as early:
                early.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                process = self.activate(listener.fileno(), NOTIFY_SOCKET=str(SCRATCH / "notify"))
                self.assertIn(b" 200 ", early.recv(200))
            self.assertEqual(notified.recv(100), b"READY=1")
            for _ in range(20):
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=WAIT_S) as answer:
                    self.assertEqual(answer.status, 200)
            process.terminate()
            self.assertEqual(notified.recv(100), b"STOPPING=1")
            self.assertEqual(process.wait(WAIT_S), 0)

    def test_what_is_handed_over_has_to_be_a_listening_socket(self) -> None:
        with (SCRATCH / "no-socket").open("wb") as file, socket.socket() as idle:
            for fd in (file.fileno(), idle.fileno()):
                self.assertEqual(self.activate(fd).wait(WAIT_S), 1)


if __name__ == "__main__":
    sys.exit(run_tests())
