#!/usr/bin/env python3
"""Checks of /metrics, /stats and /ready.

Usage: check_metrics.py BUILD SCRATCH     (SCRATCH/store is what demo_data wrote)
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import unittest
from pathlib import Path

from daemon import WAIT_S, Daemon, run_tests

BUILD, SCRATCH = Path(sys.argv[1]), Path(sys.argv[2])
STORE = SCRATCH / "metrics"
SAMPLE = re.compile(r'^[a-z_]+(\{[a-z_]+="(\\.|[^"\\])*"(,[a-z_]+="(\\.|[^"\\])*")*\})? [-+.e0-9]+$')

daemon: Daemon


def setUpModule() -> None:
    global daemon
    shutil.copytree(SCRATCH / "store", STORE)
    daemon = Daemon(BUILD / "oat-httpd", STORE, SCRATCH / "metrics.log")


def tearDownModule() -> None:
    daemon.stop()


def scrape() -> list[str]:
    answer = daemon.request("/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.body.endswith(b"\n")
    return answer.body.decode().splitlines()


def value(lines: list[str], sample: str) -> float:
    found = [line for line in lines if line.startswith(sample + " ")]
    return float(found[0].split()[-1]) if found else 0.0


class Metrics(unittest.TestCase):
    def test_every_line_is_of_the_format_and_every_metric_is_described_once(self) -> None:
        lines = scrape()
        described = [line.split()[2] for line in lines if line.startswith("# TYPE ")]
        self.assertEqual(len(described), len(set(described)))
        for line in lines:
            if not line.startswith("# "):
                self.assertRegex(line, SAMPLE)
                name = re.split(r"[ {]", line)[0]
                self.assertIn(re.sub("_(bucket|sum|count)$", "", name), [*described, name])

    def test_spans_of_other_processes_are_counted(self) -> None:
        sample = 'oat_spans_total{span_type="llm",status="success"}'
        before = value(scrape(), sample)
        subprocess.run(
            [BUILD / "examples" / "agent", "How?"],
            env={**os.environ, "OAT_DATA_DIR": str(STORE)},
            check=True,
            capture_output=True,
        )
        deadline = time.monotonic() + WAIT_S
        while value(scrape(), sample) < before + 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        lines = scrape()
        self.assertEqual(value(lines, sample), before + 2)
        calls = 'oat_model_calls_total{model="gpt-4o-mini",provider="openai"}'
        self.assertEqual(value(lines, calls), 3)

    def test_requests_are_counted_by_route_and_not_by_path(self) -> None:
        sample = 'oat_http_requests_total{route="/traces/{id}",status="4xx"}'
        before = value(scrape(), sample)
        daemon.request("/traces/0123456789abcdef0123456789abcdef")
        daemon.request("/traces/fedcba9876543210fedcba9876543210")
        lines = scrape()
        self.assertEqual(value(lines, sample), before + 2)
        self.assertFalse([line for line in lines if "fedcba" in line])

    def test_the_process_says_what_it_takes(self) -> None:
        lines = scrape()
        self.assertGreater(value(lines, "process_resident_memory_bytes"), 1e6)
        self.assertGreater(value(lines, "process_open_fds"), 5)
        self.assertLess(abs(value(lines, "process_start_time_seconds") - time.time()), 600)


class Others(unittest.TestCase):
    def test_stats_are_the_figures_of_oat_stat(self) -> None:
        figures = subprocess.run(
            [BUILD / "oat", "stat", "--json", "--dir", SCRATCH / "store"], check=True, capture_output=True
        )
        other = Daemon(BUILD / "oat-httpd", SCRATCH / "store", SCRATCH / "stats.log")
        stats = other.get("/stats")
        other.stop()
        expected = json.loads(figures.stdout)
        self.assertEqual({name: stats[name] for name in expected}, expected)
        self.assertEqual((stats["retain_s"], stats["retain_bytes"], stats["days"]), (None, None, []))

    def test_stats_list_the_writers_the_living_ones_first(self) -> None:
        other = Daemon(BUILD / "oat-httpd", SCRATCH / "store", SCRATCH / "writers.log")
        stats = other.get("/stats")
        writers = stats["writers"]
        other.stop()
        states = [writer["state"] for writer in writers]
        self.assertEqual(states, sorted(states))  # alive before dead
        self.assertEqual(states.count("alive"), stats["writers_alive"])
        self.assertEqual(states.count("dead"), stats["writers_dead"])
        self.assertEqual(sum(writer["files"] for writer in writers), stats["files"])
        taken = sum(writer["bytes"] for writer in writers)
        self.assertEqual(taken, stats["span_bytes"] + stats["stored_payload_bytes"])
        for writer in writers:
            self.assertGreater(writer["pid"], 0)
            self.assertTrue(writer["program"])
            self.assertLess(abs(writer["start_time"] - time.time()), 3600)

    def test_stats_say_what_each_compacted_day_takes_and_how_long_it_stays(self) -> None:
        store = SCRATCH / "days"
        shutil.copytree(SCRATCH / "store", store)
        subprocess.run([BUILD / "oat-compact", store], check=True, capture_output=True)
        config = SCRATCH / "oat-httpd.yaml"
        config.write_text("projects:\n  default: {retain: 400d}\n")
        other = Daemon(BUILD / "oat-httpd", store, SCRATCH / "days.log", ["--config", config])
        stats = other.get("/stats")
        other.stop()
        days = stats["days"]
        self.assertEqual(stats["retain_s"], 400 * 86400)
        self.assertEqual([day["day"] for day in days], sorted({day["day"] for day in days}))
        self.assertEqual(sum(day["spans"] for day in days), stats["spans"])
        self.assertEqual(sum(day["span_bytes"] for day in days), stats["span_bytes"])
        packed = stats["stored_payload_bytes"] + stats["text_index_bytes"]
        self.assertEqual(sum(day["payload_bytes"] for day in days), packed)

    def test_it_is_ready(self) -> None:
        self.assertEqual(daemon.get("/ready"), {"status": "ready", "store": True})


if __name__ == "__main__":
    sys.exit(run_tests())
