#!/usr/bin/env python3
"""Checks of what oat-httpd answers to readers: forms of answers, lists, single things.

Usage: check_reads.py BUILD SCRATCH     (SCRATCH/store is what demo_data wrote)
"""

from __future__ import annotations

import gzip
import sys
import unittest
from pathlib import Path

from daemon import Daemon, run_tests

BUILD, SCRATCH = Path(sys.argv[1]), Path(sys.argv[2])

daemon: Daemon


def setUpModule() -> None:
    global daemon
    daemon = Daemon(BUILD / "oat-httpd", SCRATCH / "store", SCRATCH / "reads.log")


def tearDownModule() -> None:
    daemon.stop()


class Forms(unittest.TestCase):
    def test_traces_are_found_by_text(self) -> None:
        trace = daemon.find_trace(status="interrupted")["trace_id"]
        page = daemon.get("/traces?limit=1000&search=SUPPLIER%27S+price+list.")
        self.assertIn(trace, [t["trace_id"] for t in page["traces"]])
        self.assertLess(page["total"], daemon.get("/traces")["total"])
        self.assertEqual(daemon.get("/traces?search=%22no%22+such+%5C+text")["total"], 0)
        self.assertEqual(daemon.get("/traces?search=")["total"], daemon.get("/traces")["total"])

    def test_answers_are_compressed_for_those_who_take_that(self) -> None:
        path = "/traces/" + daemon.find_trace(name="support-agent")["trace_id"]
        plain = daemon.request(path)
        for target in (path, "/traces?limit=50"):
            packed = daemon.request(target, headers={"Accept-Encoding": "br, gzip;q=0.8"})
            self.assertEqual(packed.headers["Content-Encoding"], "gzip")
            self.assertEqual(packed.headers["Vary"], "Accept-Encoding")
            self.assertEqual(gzip.decompress(packed.body), daemon.request(target).body)
        self.assertNotIn("Content-Encoding", plain.headers)
        tiny = daemon.request("/health", headers={"Accept-Encoding": "gzip"})
        self.assertNotIn("Content-Encoding", tiny.headers)

    def test_what_has_not_changed_is_not_sent_again(self) -> None:
        path = "/traces/" + daemon.find_trace(name="support-agent")["trace_id"]
        first = daemon.request(path)
        again = daemon.request(path, headers={"If-None-Match": f'"x", {first.headers["ETag"]}'})
        self.assertEqual((again.status, again.body), (304, b""))
        self.assertEqual(again.headers["ETag"], first.headers["ETag"])
        other = daemon.request(path + "?include_blobs=true", headers={"If-None-Match": first.headers["ETag"]})
        self.assertEqual(other.status, 200)
        self.assertNotIn("ETag", daemon.request("/traces").headers)


if __name__ == "__main__":
    sys.exit(run_tests())
