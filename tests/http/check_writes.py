#!/usr/bin/env python3
"""Checks of what clients may change, and of content: feedback, scores, deleting, blobs, conversations.

Usage: check_writes.py BUILD SCRATCH     (SCRATCH/store is what demo_data wrote)
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

from daemon import Daemon, run_tests

BUILD, SCRATCH = Path(sys.argv[1]), Path(sys.argv[2])

daemon: Daemon


def setUpModule() -> None:
    global daemon
    shutil.copytree(SCRATCH / "store", SCRATCH / "written")
    daemon = Daemon(BUILD / "oat-httpd", SCRATCH / "written", SCRATCH / "writes.log")


def tearDownModule() -> None:
    daemon.stop()


def send(method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and JSON."""
    answer = daemon.request(path, method, body=None if body is None else json.dumps(body).encode())
    return answer.status, answer.json()


class Scores(unittest.TestCase):
    def test_feedback_is_seen_at_once(self) -> None:
        trace = daemon.find_trace(name="order-agent")["trace_id"]
        before = len(daemon.get(f"/traces/{trace}")["scores"])
        status, written = send(
            "POST", f"/traces/{trace}/feedback", {"score": -1, "feedback": "Wrong \u2013 order"}
        )
        self.assertEqual((status, written["value"]), (200, -1.0))
        scores = daemon.get(f"/traces/{trace}")["scores"]
        self.assertEqual(len(scores), before + 1)
        found = scores[-1]
        self.assertEqual(
            (found["name"], found["value"], found["comment"]), ("feedback", -1.0, "Wrong \u2013 order")
        )

    def test_a_span_is_scored_with_a_number_or_a_label(self) -> None:
        trace = daemon.get("/traces/" + daemon.find_trace(name="order-agent")["trace_id"])
        span = trace["spans"][-1]
        path = f"/spans/{span['span_id']}/scores?trace_id={trace['trace_id']}"
        score = {"name": "relevance", "value": 0.25, "source": "llm", "comment": "meh"}
        self.assertEqual(send("POST", path, score)[0], 200)
        self.assertEqual(send("POST", path, {"name": "tone", "label": "rude"})[0], 200)
        scores = daemon.get(f"/spans/{span['span_id']}?trace_id={trace['trace_id']}")["scores"]
        found = {s["name"]: (s["value"], s["label"], s["source"]) for s in scores}
        self.assertEqual(found["relevance"], (0.25, None, "llm"))
        self.assertEqual(found["tone"], (None, "rude", "human"))

    def test_bad_scores_are_refused(self) -> None:
        trace = daemon.get("/traces?limit=1")["traces"][0]["trace_id"]
        bad: tuple[Any, ...] = ({}, {"score": 2}, {"score": "1"}, {"score": 1, "x": 1}, [])
        for body in (*bad, {"score": 1, "feedback": 7}):
            status, answer = send("POST", f"/traces/{trace}/feedback", body)
            self.assertEqual((status, answer["error"]["code"]), (400, "bad_parameter"), body)
        span = daemon.get(f"/traces/{trace}")["spans"][0]["span_id"]
        bad = (
            {"value": 1},
            {"name": "x"},
            {"name": "x", "value": "1"},
            {"name": "x", "label": "y", "source": "me"},
        )
        for body in bad:
            self.assertEqual(send("POST", f"/spans/{span}/scores", body)[0], 400, body)
        self.assertEqual(
            send("POST", "/traces/0123456789abcdef0123456789abcdef/feedback", {"score": 1})[0], 404
        )


class Deleting(unittest.TestCase):
    def test_a_deleted_trace_is_gone_everywhere(self) -> None:
        trace = daemon.find_trace(name="support-agent")["trace_id"]
        total = daemon.get("/traces/totals")["traces"]
        self.assertEqual(send("DELETE", f"/traces/{trace}?reason=test"), (200, {"deleted": 1}))
        self.assertEqual(daemon.request(f"/traces/{trace}").status, 404)
        self.assertEqual(daemon.get("/traces/totals")["traces"], total - 1)
        self.assertNotIn(trace, [t["trace_id"] for t in daemon.get("/traces?limit=1000")["traces"]])
        self.assertEqual(send("DELETE", f"/traces/{trace}")[0], 404)
        shown = subprocess.run(
            [BUILD / "oat", "show", trace, "--dir", SCRATCH / "written"], capture_output=True, check=False
        )
        self.assertNotEqual(shown.returncode, 0)

    def test_many_are_deleted_when_the_count_is_right(self) -> None:
        q = "trace.name = report-writer"
        count = daemon.get("/traces/totals?q=trace.name+%3D+report-writer")["traces"]
        self.assertGreater(count, 0)
        status, answer = send("POST", "/traces/delete", {"q": q, "expect_count": count + 1})
        self.assertEqual((status, answer["error"]["code"]), (409, "unexpected_count"))
        self.assertEqual(send("POST", "/traces/delete", {"q": q})[0], 400)
        self.assertEqual(
            send("POST", "/traces/delete", {"q": q, "expect_count": count}), (200, {"deleted": count})
        )
        self.assertEqual(daemon.get("/traces/totals?q=trace.name+%3D+report-writer")["traces"], 0)

    def test_a_list_of_ids_is_deleted_whole_or_not_at_all(self) -> None:
        ids = [t["trace_id"] for t in daemon.get("/traces?limit=2&q=trace.name+%3D+vision-agent")["traces"]]
        self.assertEqual(send("POST", "/traces/delete", {"ids": [*ids, "f" * 32]})[0], 404)
        self.assertEqual(daemon.request(f"/traces/{ids[0]}").status, 200)
        self.assertEqual(send("POST", "/traces/delete", {"ids": ids + ids})[1], {"deleted": len(ids)})
        self.assertEqual(daemon.request(f"/traces/{ids[0]}").status, 404)
        for body in (
            {},
            {"ids": "x"},
            {"ids": [1]},
            {"ids": [], "q": ""},
            {"q": "type =", "expect_count": 0},
        ):
            self.assertEqual(send("POST", "/traces/delete", body)[0], 400, body)


class Content(unittest.TestCase):
    """Over the store as demo_data wrote it, and over its parts."""

    served: Daemon

    @classmethod
    def setUpClass(cls) -> None:
        shutil.copytree(SCRATCH / "store", SCRATCH / "content")
        cls.served = Daemon(BUILD / "oat-httpd", SCRATCH / "content", SCRATCH / "content.log")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.served.stop()

    def check(self) -> None:
        found = self.served.find_trace(name="vision-agent")
        trace = self.served.get(f"/traces/{found['trace_id']}?include_blobs=true")
        tool = next(span for span in trace["spans"] if span["span_type"] == "tool")
        picture = self.served.request("/blobs/" + tool["output_info"]["content_id"])
        self.assertEqual((picture.status, picture.headers["Content-Type"]), (200, "image/png"))
        self.assertTrue(picture.body.startswith(b"\x89PNG\r\n"))
        self.assertNotIn("Content-Disposition", picture.headers)
        self.assertEqual(picture.headers["Content-Security-Policy"], "sandbox; default-src 'none'")
        self.assertEqual(picture.headers["X-Content-Type-Options"], "nosniff")
        call = next(span for span in trace["spans"] if span["span_type"] == "llm")
        path = "/blobs/" + call["input_info"]["content_id"]
        whole = self.served.request(f"{path}?span_id={call['span_id']}&trace_id={trace['trace_id']}")
        self.assertEqual(json.loads(whole.body), call["inputs"])
        self.assertEqual(whole.headers["Content-Disposition"], "attachment")
        self.assertEqual(self.served.request("/blobs/" + "0" * 32).status, 404)

    def check_conversations(self) -> None:
        found = self.served.find_trace(name="coding-agent")
        spans = self.served.get(f"/traces/{found['trace_id']}")["spans"]
        calls = [s for s in spans if s["span_type"] == "llm"]
        for number in (0, 1, len(calls) - 1):
            path = f"/spans/{calls[number]['span_id']}"
            query = f"?trace_id={found['trace_id']}"
            talk = self.served.get(f"{path}/conversation{query}")
            inputs = self.served.get(f"{path}{query}&include_blobs=true")["inputs"]
            self.assertEqual(len(talk["messages"]), len(inputs["messages"]))
            self.assertEqual([m["role"] for m in talk["messages"]], [m["role"] for m in inputs["messages"]])
            self.assertEqual(talk["calls"][talk["call"]], calls[number]["span_id"])
            new = [m["new"] for m in talk["messages"]]
            if number == 0:
                self.assertIsNone(talk["compared_to"])
                self.assertTrue(all(new))
            else:
                self.assertEqual(talk["compared_to"]["span_id"], calls[number - 1]["span_id"])
                self.assertEqual(new.count(False), talk["compared_to"]["common"])
                self.assertIsNone(talk["prefix_broke_at"])
                self.assertGreater(talk["resent_bytes"], 0)
        tool = next(s for s in spans if s["span_type"] == "tool")
        self.assertEqual(self.served.request(f"/spans/{tool['span_id']}/conversation").status, 404)

    def test_content_and_conversations_before_and_after_compaction(self) -> None:
        self.check()
        self.check_conversations()
        subprocess.run(
            [BUILD / "oat-compact", SCRATCH / "content", "--full"], check=True, capture_output=True
        )
        self.check()
        self.check_conversations()


if __name__ == "__main__":
    sys.exit(run_tests())
