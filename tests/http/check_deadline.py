#!/usr/bin/env python3
"""Checks of the time that a request may take.

Usage: check_deadline.py BUILD SCRATCH     (SCRATCH/store is what demo_data wrote)
"""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

from daemon import Daemon, run_tests

BUILD, SCRATCH = Path(sys.argv[1]), Path(sys.argv[2])


class Deadlines(unittest.TestCase):
    def setUp(self) -> None:
        """A daemon that has time, and one that has none."""
        none = ("--query-timeout", "1us")
        self.patient = Daemon(BUILD / "oat-httpd", SCRATCH / "store", SCRATCH / "patient.log")
        self.addCleanup(self.patient.stop)
        self.hurried = Daemon(BUILD / "oat-httpd", SCRATCH / "store", SCRATCH / "hurried.log", none)
        self.addCleanup(self.hurried.stop)

    def test_lists_have_what_was_found_and_nothing_else_is_answered(self) -> None:
        for name in ("traces", "spans", "sessions"):
            page = self.hurried.get(f"/{name}")
            self.assertEqual((page[name], page["partial"], page["next_cursor"]), ([], True, None))
            self.assertEqual(page["total_is"], "at_least")
            self.assertFalse(self.patient.get(f"/{name}")["partial"])
        for path in ("/traces/totals", "/traces/facets", "/analytics/overview", "/export"):
            answer = self.hurried.request(path)
            self.assertEqual((path, answer.status), (path, 503))
            self.assertEqual(answer.json()["error"]["code"], "deadline_exceeded")

    def test_what_needs_no_search_is_answered(self) -> None:
        trace = self.patient.get("/traces?limit=1")["traces"][0]["trace_id"]
        self.assertEqual(self.hurried.get(f"/traces/{trace}"), self.patient.get(f"/traces/{trace}"))


if __name__ == "__main__":
    sys.exit(run_tests())
