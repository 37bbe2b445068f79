#!/usr/bin/env python3
"""Checks of what oat-httpd answers to readers: forms of answers, lists, single things.

Usage: check_reads.py BUILD SCRATCH     (SCRATCH/store is what demo_data wrote)
"""

from __future__ import annotations

import gzip
import re
import sys
import unittest
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

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


class Skeletons(unittest.TestCase):
    def setUp(self) -> None:
        self.path = "/traces/" + daemon.find_trace(name="coding-agent")["trace_id"]
        self.spans = daemon.get(self.path)["spans"]

    def get(self, query: str = "") -> tuple[Any, list[str]]:
        """The columns, and the ids that are packed in one of them."""
        skeleton = daemon.get(self.path + "/skeleton" + query)
        columns = skeleton["columns"]
        ids = re.findall("." * 16, columns["span_id"])
        self.assertEqual({len(c) for k, c in columns.items() if k != "span_id"}, {len(ids)})
        self.assertEqual(skeleton["spans"], len(ids))
        return skeleton, ids

    def test_columns_say_what_the_spans_do(self) -> None:
        skeleton, ids = self.get()
        columns, texts = skeleton["columns"], skeleton["texts"]
        self.assertEqual(ids, [s["span_id"] for s in self.spans])
        self.assertEqual([texts[n] for n in columns["name"]], [s["name"] for s in self.spans])
        self.assertEqual([texts[n] for n in columns["model"]], [s["model"] for s in self.spans])
        types = skeleton["span_types"]
        self.assertEqual([types[n] for n in columns["span_type"]], [s["span_type"] for s in self.spans])
        parents = [ids[n] if n >= 0 else None for n in columns["parent"]]
        self.assertEqual(parents, [s["parent_span_id"] for s in self.spans])
        start = int(self.spans[0]["start_time_unix_nano"])
        self.assertEqual(columns["start_ns"], [int(s["start_time_unix_nano"]) - start for s in self.spans])
        children = Counter(s["parent_span_id"] for s in self.spans)
        self.assertEqual(columns["children"], [children[i] for i in ids])
        self.assertEqual(columns["descendants"][0], len(ids) - 1)

    def test_a_large_trace_comes_by_levels_and_windows(self) -> None:
        upper, ids = self.get("?max=1000")
        self.assertLess(len(ids), 1000)
        self.assertEqual(upper["of"], len(self.spans))
        columns = upper["columns"]
        parent = max(range(len(ids)), key=lambda i: int(columns["children"][i]))
        seen: list[str] = []
        while len(seen) < columns["children"][parent]:
            window, found = self.get(f"?parent={ids[parent]}&offset={len(seen)}&limit=7")
            self.assertEqual(window["of"], columns["children"][parent])
            seen += found
        self.assertEqual(seen, [s["span_id"] for s in self.spans if s["parent_span_id"] == ids[parent]])
        self.assertEqual(self.get("?limit=5")[1], [ids[0]])
        self.assertEqual(daemon.request(self.path + "/skeleton?parent=" + "0" * 15 + "9").status, 404)


class Differences(unittest.TestCase):
    def test_a_trace_differs_from_itself_in_nothing(self) -> None:
        trace = daemon.find_trace(name="coding-agent")["trace_id"]
        diff = daemon.get(f"/traces/{trace}/diff/{trace}")
        self.assertIsNone(diff["first_difference"])
        self.assertEqual(len(diff["pairs"]), diff["a"]["span_count"])
        for pair in diff["pairs"]:
            self.assertEqual(pair["a"], pair["b"])

    def test_every_span_of_two_traces_is_in_one_pair(self) -> None:
        a = daemon.find_trace(name="support-agent")["trace_id"]
        b = daemon.find_trace(name="report-writer")["trace_id"]
        diff = daemon.get(f"/traces/{a}/diff/{b}")
        for side, trace in (("a", a), ("b", b)):
            found = [pair[side]["span_id"] for pair in diff["pairs"] if pair[side]]
            self.assertEqual(found, [s["span_id"] for s in daemon.get(f"/traces/{trace}")["spans"]])
        self.assertEqual(diff["first_difference"], 0)
        self.assertEqual(daemon.request(f"/traces/{a}/diff/{'0' * 31}9").status, 404)

    def test_two_calls_differ_in_their_messages(self) -> None:
        trace = daemon.get("/traces/" + daemon.find_trace(name="coding-agent")["trace_id"])
        calls = [s["span_id"] for s in trace["spans"] if s["span_type"] == "llm"][:2]
        diff = daemon.get(f"/spans/{trace['trace_id']}:{calls[0]}/diff/{calls[1]}")
        common = diff["first_different_message"]
        self.assertIn("messages", diff["differences"])
        self.assertEqual(diff["messages_a"][:common], diff["messages_b"][:common])
        self.assertNotEqual(diff["messages_a"][common:], diff["messages_b"][common:])


class Lists(unittest.TestCase):
    def test_totals_are_those_of_the_list(self) -> None:
        for query in ("", "&status=error", "&q=type+%3D+tool", "&span_type=llm&search=refund"):
            traces = daemon.get("/traces?limit=1000" + query)["traces"]
            totals = daemon.get("/traces/totals?" + query.lstrip("&"))
            self.assertEqual(totals["traces"], len(traces), query)
            self.assertEqual(totals["span_count"], sum(t["span_count"] for t in traces))
            self.assertEqual(totals["by_status"], Counter(t["status"] for t in traces))
            cost = sum(int(t["total_cost_nano_usd"] or 0) for t in traces) / 1e9
            self.assertAlmostEqual(totals["total_cost"] or 0, cost)

    def test_previews_are_those_of_the_roots(self) -> None:
        traces = daemon.get("/traces?limit=20&q=type+%3D+llm")["traces"]
        ids = [trace["trace_id"] for trace in traces]
        previews = daemon.get("/traces/previews?ids=" + ",".join(ids))["traces"]
        self.assertEqual([one["trace_id"] for one in previews], ids)
        for one in previews:
            root = daemon.get("/traces/" + one["trace_id"])["spans"][0]
            self.assertEqual(one["input_preview"], root["input_preview"])
            self.assertEqual(one["output_preview"], root["output_preview"])
        self.assertTrue(any(one["input_preview"] for one in previews))

    def test_previews_are_of_a_hundred_traces_that_are_there(self) -> None:
        there = daemon.find_trace(name="support-agent")["trace_id"]
        for ids, status in (
            ("", 400),
            (",", 400),
            (",".join([there] * 101), 400),
            (f"{there},{'0' * 31}9", 404),
        ):
            self.assertEqual(daemon.request("/traces/previews?ids=" + ids).status, status, ids[:40])
        self.assertEqual(daemon.request("/traces/previews").status, 400)

    def test_a_histogram_counts_every_trace_once(self) -> None:
        for query in ("", "from=-400d", "buckets=7&status=success"):
            histogram = daemon.get("/traces/histogram?" + query)
            buckets = histogram["buckets"]
            self.assertEqual(sum(b["traces"] for b in buckets), histogram["traces"])
            steps = {round(b["start_time"] - a["start_time"], 6) for a, b in zip(buckets, buckets[1:])}
            self.assertLessEqual(steps, {histogram["bucket_s"]})
            self.assertLessEqual(len(buckets), 60)
        self.assertGreater(histogram["traces"], 0)
        self.assertLessEqual(len(buckets), 7)

    def test_choosing_a_facet_lists_as_many_traces_as_it_says(self) -> None:
        q = "type = llm and cost > 0"
        facets = daemon.get("/traces/facets?" + urlencode({"q": q, "fields": "status,model,span_type"}))
        self.assertEqual([f["field"] for f in facets["facets"]], ["status", "model", "span_type"])
        for facet in facets["facets"]:
            field = {"status": "trace.status"}.get(facet["field"], facet["field"])
            self.assertGreater(len(facet["values"]), 0)
            for value in facet["values"]:
                chosen = urlencode({"q": f'{q} and {field} = "{value["value"]}"'})
                self.assertEqual(daemon.get("/traces?" + chosen)["total"], value["traces"], chosen)

    def test_statuses_are_those_of_all_traces(self) -> None:
        def statuses(query: str) -> Any:
            return daemon.get("/traces/facets?fields=status" + query)["facets"][0]

        by_status = daemon.get("/traces/totals")["by_status"]
        expected = sorted(by_status.items(), key=lambda item: -item[1])
        self.assertGreater(len(expected), 1)
        for query in ("", "&status=error", "&from=-1000d"):
            found = [(value["value"], value["traces"]) for value in statuses(query)["values"]]
            self.assertEqual(dict(found), by_status, query)
            self.assertEqual([count for _, count in found], [count for _, count in expected])
        self.assertEqual(statuses("&limit=1")["values"], statuses("")["values"][:1])
        self.assertTrue(statuses("&limit=1")["more"])

    def test_a_facet_leaves_its_own_term_out(self) -> None:
        def models(q: str) -> Any:
            path = "/traces/facets?" + urlencode({"q": q, "fields": "model,span_type"})
            return daemon.get(path)["facets"][0]["values"]

        everything = models("type = llm")
        self.assertGreater(len(everything), 1)
        self.assertEqual(models(f'type = llm and model = "{everything[0]["value"]}"'), everything)
        self.assertNotEqual(models("type = llm and duration > 2s"), everything)

    def test_spans_come_newest_first_and_once(self) -> None:
        seen: list[Any] = []
        cursor = ""
        while cursor is not None:
            page = daemon.get("/spans?span_type=tool&limit=97" + (f"&cursor={cursor}" if cursor else ""))
            seen += page["spans"]
            cursor = page["next_cursor"]
        starts = [int(s["start_time_unix_nano"]) for s in seen]
        self.assertEqual(starts, sorted(starts, reverse=True))
        self.assertEqual({s["span_type"] for s in seen}, {"tool"})
        self.assertEqual(len({(s["trace_id"], s["span_id"]) for s in seen}), len(seen))
        tools = sum(t["tool_calls"] for t in daemon.get("/traces?limit=1000")["traces"])
        self.assertEqual(len(seen), tools)
        self.assertEqual(daemon.get("/spans?" + urlencode({"q": "name = nothing or model = x"}))["spans"], [])

    def test_a_span_is_found_by_its_id_alone(self) -> None:
        span = daemon.get("/spans?limit=1")["spans"][0]
        found = daemon.get(f"/spans/{span['span_id']}")
        self.assertEqual(found, daemon.get(f"/spans/{span['span_id']}?trace_id={span['trace_id']}"))

    def test_sessions_add_up_their_traces(self) -> None:
        traces = [t for t in daemon.get("/traces?limit=1000")["traces"] if t["session_id"]]
        page = daemon.get("/sessions?limit=1000")
        self.assertEqual(page["total"], len({t["session_id"] for t in traces}))
        self.assertEqual(sum(s["trace_count"] for s in page["sessions"]), len(traces))
        ended = {t["session_id"] for t in traces if t["duration_ms"]}
        timed = {s["session_id"] for s in page["sessions"] if s["duration_ms"] is not None}
        self.assertEqual(timed, ended)
        first = page["sessions"][0]
        session = daemon.get("/sessions/" + quote(first["session_id"], safe=""))
        self.assertEqual({key: session[key] for key in first}, first)
        turns = [turn["trace"]["trace_id"] for turn in session["turns"]]
        own = [t["trace_id"] for t in reversed(traces) if t["session_id"] == first["session_id"]]
        self.assertEqual(turns, own)
        self.assertIn("input_preview", session["turns"][0]["root_span"])
        self.assertEqual(daemon.request("/sessions/no%2Fsuch%20session").status, 404)


if __name__ == "__main__":
    sys.exit(run_tests())
