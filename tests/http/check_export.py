#!/usr/bin/env python3
"""Checks of GET /export: its formats, and that long answers are made as fast as clients read them.

Usage: check_export.py BUILD SCRATCH     (SCRATCH/store is what demo_data wrote)
"""

from __future__ import annotations

import csv
import gzip
import http.client
import io
import json
import socket
import subprocess
import sys
import time
import unittest
from pathlib import Path
from typing import Any

from daemon import WAIT_S, Daemon, run_tests

BUILD, SCRATCH = Path(sys.argv[1]), Path(sys.argv[2])
STREAMS_MAX = 8  # of a worker

daemon: Daemon


def setUpModule() -> None:
    global daemon
    daemon = Daemon(BUILD / "oat-httpd", SCRATCH / "store", SCRATCH / "export.log")


def tearDownModule() -> None:
    daemon.stop()


def rss_bytes() -> int:
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


class Formats(unittest.TestCase):
    def test_the_tool_and_the_daemon_write_the_same(self) -> None:
        for name in (each["name"] for each in daemon.get("/export/formats")["formats"]):
            command = [BUILD / "oat", "--dir", SCRATCH / "store", "export", "--payloads", "--format", name]
            expected = subprocess.run(command, check=True, capture_output=True).stdout
            self.assertEqual(daemon.request(f"/export?format={name}").body, expected, name)

    def test_an_answer_is_a_file(self) -> None:
        head = daemon.request("/export?format=csv", "HEAD")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(head.headers["Content-Type"], "text/csv; charset=utf-8")
        name = r'^attachment; filename="oat-\d{4}-\d\d-\d\d\.csv"$'
        self.assertRegex(head.headers["Content-Disposition"], name)

    def test_it_is_compressed_for_those_who_take_that(self) -> None:
        packed = daemon.request("/export", headers={"Accept-Encoding": "gzip"})
        self.assertEqual(packed.headers["Content-Encoding"], "gzip")
        whole = daemon.request("/export").body
        self.assertEqual(gzip.decompress(packed.body), whole)
        self.assertLess(len(packed.body), len(whole) // 2)

    def test_rows_are_the_spans_of_the_traces_that_a_list_has(self) -> None:
        traces = daemon.get("/traces?status=error&limit=1000")["traces"]
        text = daemon.request("/export?status=error&format=csv&include_blobs=false").body.decode()
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual({row["trace_id"] for row in rows}, {trace["trace_id"] for trace in traces})
        self.assertEqual(len(rows), sum(trace["span_count"] for trace in traces))
        self.assertNotIn("inputs", rows[0])
        span = daemon.get(f"/spans/{rows[0]['span_id']}?trace_id={rows[0]['trace_id']}")
        for key in ("name", "span_type", "status"):
            self.assertEqual(rows[0][key], span[key])
        self.assertEqual(float(rows[0]["start_time"]), span["start_time"])

    def test_ids_choose_traces(self) -> None:
        ids = [trace["trace_id"] for trace in daemon.get("/traces?limit=3")["traces"]]
        lines = daemon.request(f"/export?ids={','.join(ids)},{ids[0]}").body.splitlines()
        found = [json.loads(line)["trace_id"] for line in lines]
        self.assertEqual(sorted(set(found)), sorted(ids))
        self.assertEqual(found, sorted(found))
        expected = sum(daemon.get(f"/traces/{one}")["span_count"] for one in ids)
        self.assertEqual(len(found), expected)

    def test_what_is_wrong_is_said_before_anything_is_sent(self) -> None:
        for target, status in (
            ("/export?format=xml", 400),
            ("/export?ids=", 400),
            ("/export?ids=,", 400),
            ("/export?ids=abcdefab&q=type+%3D+llm", 400),
            ("/export?q=type+%3D", 400),
            ("/export?include_blobs=2", 400),
            ("/export?ids=00000000000000000000000000000009", 404),
        ):
            answer = daemon.request(target)
            self.assertEqual(answer.status, status, target)
            self.assertIn("error", answer.json())
        self.assertEqual(daemon.request("/export?q=name+%3D+nobody").body, b"")

    def test_otlp_comes_back(self) -> None:
        other = Daemon(BUILD / "oat-httpd", SCRATCH / "export-copy", SCRATCH / "export-copy.log")
        try:
            lines = daemon.request("/export?status=error&format=otlp-json").body
            headers = {"Content-Type": "application/json"}
            for line in lines.splitlines():
                self.assertEqual(other.request("/v1/traces", "POST", headers, line).status, 200)
            kept = other.get("/traces?limit=1000")["traces"]
            sent = daemon.get("/traces?status=error&limit=1000")["traces"]
            same = ("trace_id", "name", "status", "start_time", "model", "total_tokens", "span_count")
            self.assertEqual(pick(kept, same), pick(sent, same))
        finally:
            other.stop()


def pick(traces: list[dict[str, Any]], keys: tuple[str, ...]) -> list[list[Any]]:
    """These fields of each."""
    return [[trace[key] for key in keys] for trace in traces]


def peek(client: socket.socket) -> bytes:
    """The version and the status of the answer, which stay there to be read."""
    return client.recv(12, socket.MSG_PEEK)


class Slow(unittest.TestCase):
    """Clients that ask for everything and do not read."""

    def ask(self) -> socket.socket:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(WAIT_S)
        client.connect(("127.0.0.1", daemon.port))
        client.sendall(b"GET /export HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.addCleanup(client.close)
        return client

    def test_they_keep_nobody_waiting_and_take_little_memory(self) -> None:
        whole = len(daemon.request("/export").body)
        before = rss_bytes()
        clients = [self.ask() for _ in range(4)]
        self.assertEqual([peek(client) for client in clients], [b"HTTP/1.1 200"] * len(clients))
        time.sleep(0.3)
        for _ in range(10):
            self.assertGreater(daemon.get("/traces")["total"], 0)
        self.assertLess(rss_bytes() - before, whole)
        response = http.client.HTTPResponse(clients[0])
        response.begin()
        self.assertEqual(len(response.read()), whole)

    def test_too_many_are_refused(self) -> None:
        clients = [self.ask() for _ in range(STREAMS_MAX * 4 + 1)]  # of four workers at most
        statuses = [peek(client)[9:] for client in clients]
        self.assertIn(b"503", statuses)
        self.assertEqual(set(statuses), {b"200", b"503"})
        for client in clients:
            client.close()
        deadline = time.monotonic() + WAIT_S
        while daemon.request("/export?include_blobs=false").status != 200:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def test_one_that_leaves_ends_it(self) -> None:
        client = self.ask()
        client.recv(1000)
        client.close()
        deadline = time.monotonic() + WAIT_S
        while ", cut short" not in daemon.log.read_text():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(run_tests())
