#!/usr/bin/env python3
"""Hostile clients of oat-httpd: whatever they do, it goes on serving others within its memory.

Usage: check_attacks.py BUILD SCRATCH     (SCRATCH/store is what demo_data wrote)
"""

from __future__ import annotations

import contextlib
import resource
import socket
import sys
import unittest
from pathlib import Path

from daemon import WAIT_S, Daemon, run_tests

BUILD, SCRATCH = Path(sys.argv[1]), Path(sys.argv[2])
IDLE = 10_000
SPARE = 200  # descriptors that are needed for other things
RSS_MAX_KB = 512 << 10
HEAD = b"Host: localhost\r\n"

daemon: Daemon


def setUpModule() -> None:
    global daemon
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    daemon = Daemon(BUILD / "oat-httpd", SCRATCH / "store", SCRATCH / "attacks.log")


def tearDownModule() -> None:
    daemon.stop()


def rss_kb() -> int:
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


class Attacks(unittest.TestCase):
    def setUp(self) -> None:
        self.open = contextlib.ExitStack()
        self.addCleanup(self.open.close)

    def tearDown(self) -> None:
        """Whatever was tried: others are answered, by the same process, which has not grown."""
        self.assertGreater(daemon.get("/health")["traces"], 0)
        self.assertGreater(len(daemon.get("/traces?limit=10")["traces"]), 0)
        self.assertIsNone(daemon.process.poll())
        self.assertLess(rss_kb(), RSS_MAX_KB)

    def connect(self, first: bytes = b"") -> socket.socket:
        """A connection that stays open until the test ends."""
        connection = socket.create_connection(("127.0.0.1", daemon.port), timeout=WAIT_S)
        self.open.enter_context(connection)
        connection.sendall(first)
        return connection

    def flood(self, first: bytes, piece: bytes, count: int) -> int:
        """Sends pieces until the daemon has had enough. How many it took."""
        connection = self.connect(first)
        for sent in range(count):
            try:
                connection.sendall(piece)
            except OSError:
                return sent
        return count

    def test_many_idle_connections(self) -> None:
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        for _ in range(min(IDLE, limit - SPARE)):
            self.connect()
        self.assertGreater(daemon.get("/health")["traces"], 0)

    def test_many_requests_that_never_end(self) -> None:
        for _ in range(500):
            self.connect(b"GET /traces HTTP/1.1\r\nHost: local")
            self.connect(b"POST /analytics/query HTTP/1.1\r\n" + HEAD + b"Content-Length: 50\r\n\r\n{")
        self.assertGreater(daemon.get("/health")["traces"], 0)

    def test_a_chunk_size_without_end(self) -> None:
        first = b"POST /analytics/query HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
        self.assertLess(self.flood(first, b"0" * 65536, 4096), 4096)

    def test_a_header_without_end(self) -> None:
        self.assertLess(self.flood(b"GET / HTTP/1.1\r\nX: ", b"x" * 65536, 4096), 4096)

    def test_headers_without_end(self) -> None:
        self.assertLess(self.flood(b"GET / HTTP/1.1\r\n", b"X: y\r\n" * 10000, 4096), 4096)

    def test_garbage_behind_a_request(self) -> None:
        request = b"GET /health HTTP/1.1\r\n" + HEAD + b"\r\n"
        answer = daemon.raw(request + b"\x00\xff" * 1000 + b"\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "))
        self.assertLessEqual(answer.count(b"HTTP/1.1 200 "), 1)

    def test_lengths_that_contradict_each_other(self) -> None:
        for lengths in (b"Content-Length: 2\r\nContent-Length: 3\r\n", b"Content-Length: +2\r\n"):
            answer = daemon.raw(b"POST /analytics/query HTTP/1.1\r\n" + HEAD + lengths + b"\r\n{}")
            self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer[:100])
        both = b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"
        answer = daemon.raw(b"POST /analytics/query HTTP/1.1\r\n" + HEAD + both + b"\r\n{}")
        self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer[:100])

    def test_paths_that_lead_elsewhere(self) -> None:
        for path in (
            *(
                "/../../etc/passwd",
                "/traces/../../etc/passwd",
                "/traces/..%2f..%2fetc%2fpasswd",
                "//etc/passwd",
            ),
            *("/%2e%2e/STORE", "/docs/../STORE", "/docs/..%2fSTORE", "/traces/%00", "/./health", "/health/"),
        ):
            answer = daemon.raw(
                b"GET " + path.encode() + b" HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n"
            )
            self.assertRegex(answer[:13], rb"HTTP/1\.1 40[04] ", path)
            self.assertNotIn(b"root:", answer)

    def test_line_ends_do_not_become_headers(self) -> None:
        for path in (
            "/traces/%0d%0aX-Evil:%20yes",
            "/x%0d%0aX-Evil:%20yes",
            "/traces?sort=%0d%0aX-Evil:%20yes",
        ):
            answer = daemon.request(path)
            self.assertIn(answer.status, (400, 404))
            self.assertNotIn("X-Evil", answer.headers)


if __name__ == "__main__":
    sys.exit(run_tests())
