#!/usr/bin/env python3
"""Checks of oat-httpd over sockets.

Usage: check_daemon.py BUILD SCRATCH     (SCRATCH/store is what demo_data wrote)
"""

from __future__ import annotations

import base64
import concurrent.futures
import contextlib
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import unittest
from pathlib import Path

from daemon import WAIT_S, Daemon, run_tests

BUILD, SCRATCH = Path(sys.argv[1]), Path(sys.argv[2])
HTTPD = BUILD / "oat-httpd"
MISSING_ID = "0123456789abcdef0123456789abcdef"
TRACE_FIELDS = {
    *("trace_id", "name", "status", "start_time", "start_time_unix_nano", "end_time", "end_time_unix_nano"),
    *("duration_ms", "service", "agent", "session_id", "user_id", "model", "prompt_tokens"),
    *("completion_tokens", "total_tokens", "total_cost", "total_cost_nano_usd", "llm_calls", "tool_calls"),
    *("span_count", "error_count", "depth"),
}
CHUNKED = b"Transfer-Encoding: chunked\r\n"

daemon: Daemon


def setUpModule() -> None:
    global daemon
    daemon = Daemon(HTTPD, SCRATCH / "store", SCRATCH / "httpd.log")


def tearDownModule() -> None:
    daemon.stop()


class Traces(unittest.TestCase):
    def test_health_names_version_and_store(self) -> None:
        health = daemon.get("/health")
        self.assertEqual(health["status"], "ok")
        self.assertRegex(health["store_id"], "^[0-9a-f]{32}$")
        self.assertGreaterEqual(health["traces"], 120)
        self.assertEqual(health["problems"], 0)

    def test_the_root_says_what_to_try(self) -> None:
        answer = daemon.request("/")
        self.assertEqual(answer.headers["Content-Type"], "text/plain; charset=utf-8")
        self.assertIn(b"/traces", answer.body)

    def test_the_root_leads_to_the_dashboard_where_there_is_one(self) -> None:
        shell = daemon.request("/ui/traces?q=type+%3D+llm&anything=goes")
        if shell.status == 404:
            self.assertEqual(daemon.request("/").status, 200)
            self.skipTest("this build has no dashboard")
        self.assertEqual((daemon.request("/").status, daemon.request("/").headers["Location"]), (302, "/ui/"))
        self.assertEqual((shell.status, shell.body), (200, daemon.request("/ui/").body))
        script = re.search(rb'src="(/ui/assets/[^"]+)"', shell.body)
        assert script is not None
        answer = daemon.request(script[1].decode())
        self.assertEqual(answer.headers["Content-Type"], "text/javascript; charset=utf-8")
        self.assertIn("immutable", answer.headers["Cache-Control"])
        self.assertEqual(daemon.request("/ui/assets/of-another-build.js").status, 404)
        for path in ("/ui/../etc/passwd", "/ui/%2e%2e/%2e%2e/etc/passwd"):
            self.assertNotIn(b"root:", daemon.request(path).body)

    def test_the_list_has_50_newest_first(self) -> None:
        page = daemon.get("/traces")
        self.assertEqual(set(page), {"traces", "total", "total_is", "next_cursor", "partial"})
        self.assertEqual((len(page["traces"]), page["total_is"]), (50, "exact"))
        self.assertEqual(page["total"], daemon.get("/health")["traces"])
        starts = [int(trace["start_time_unix_nano"]) for trace in page["traces"]]
        self.assertEqual(starts, sorted(starts, reverse=True))
        for trace in page["traces"]:
            self.assertEqual(set(trace), TRACE_FIELDS)

    def test_offsets_and_cursors_show_every_trace_once(self) -> None:
        everything = [t["trace_id"] for t in daemon.get("/traces?limit=1000")["traces"]]
        by_offset: list[str] = []
        while page := daemon.get(f"/traces?limit=7&offset={len(by_offset)}")["traces"]:
            by_offset += [t["trace_id"] for t in page]
        by_cursor, cursor = [], ""
        while cursor is not None:
            answer = daemon.get("/traces?limit=13" + (f"&cursor={cursor}" if cursor else ""))
            by_cursor += [t["trace_id"] for t in answer["traces"]]
            cursor = answer["next_cursor"]
        self.assertEqual(by_offset, everything)
        self.assertEqual(by_cursor, everything)
        self.assertEqual(len(set(everything)), len(everything))

    def test_a_cursor_of_a_trace_that_is_gone_goes_on_behind_it(self) -> None:
        traces = daemon.get("/traces?limit=20")["traces"]
        start = int(traces[9]["start_time_unix_nano"])
        cursor = f"{start:x}-{start}-{'f' * 32}"
        self.assertEqual(daemon.get(f"/traces?limit=10&cursor={cursor}")["traces"], traces[10:20])

    def test_status_filters(self) -> None:
        everything = daemon.get("/traces?limit=1000")["traces"]
        for status in ("success", "error", "interrupted", "running"):
            page = daemon.get(f"/traces?limit=1000&status={status}")
            expected = [t["trace_id"] for t in everything if t["status"] == status]
            self.assertEqual([t["trace_id"] for t in page["traces"]], expected, status)
            self.assertEqual(page["total"], len(expected))
        self.assertEqual(daemon.get("/traces?status=ok"), daemon.get("/traces?status=success"))
        self.assertGreater(daemon.get("/traces?status=error")["total"], 0)

    def test_filters_and_sorts_choose_what_is_listed(self) -> None:
        everything = daemon.get("/traces?limit=1000")["traces"]
        failed = daemon.get("/traces?limit=1000&q=trace.errors+%3E+0&sort=-cost")["traces"]
        self.assertEqual(
            {t["trace_id"] for t in failed}, {t["trace_id"] for t in everything if t["error_count"]}
        )
        costs = [float(t["total_cost"] or 0) for t in failed]
        self.assertEqual(costs, sorted(costs, reverse=True))
        self.assertGreater(len(failed), 1)
        spans = [t["span_count"] for t in daemon.get("/traces?limit=1000&sort=spans")["traces"]]
        self.assertEqual(spans, sorted(t["span_count"] for t in everything))
        with_tools = daemon.get("/traces?limit=1000&span_type=tool&q=type+%3D+agent")["traces"]
        self.assertEqual(
            {t["trace_id"] for t in with_tools}, {t["trace_id"] for t in everything if t["tool_calls"]}
        )
        middle = everything[len(everything) // 2]["start_time"]
        later = daemon.get(f"/traces?limit=1000&from={middle:.6f}")["total"]
        earlier = daemon.get(f"/traces?limit=1000&to={middle:.6f}")["total"]
        self.assertEqual(later + earlier, len(everything))
        self.assertGreater(min(later, earlier), 0)

    def test_a_bad_filter_is_pointed_at(self) -> None:
        answer = daemon.request("/traces?q=type+%3D+llm+and+durashun+%3E+2s")
        error = answer.json()["error"]
        self.assertEqual((answer.status, error["code"], error["parameter"]), (400, "bad_filter", "q"))
        self.assertEqual((error["column"], error["length"]), (16, 8))
        self.assertIsInstance(error["expected"], list)

    def test_queries_count_and_sum_like_the_list(self) -> None:
        body = {
            "filter": "type = llm",
            "group_by": ["model"],
            "aggregates": ["count", "all:sum:total_tokens"],
        }
        answer = daemon.post("/analytics/query", body)
        self.assertEqual([c["name"] for c in answer["columns"]], ["model", "count", "all:sum:total_tokens"])
        calls = sum(t["llm_calls"] for t in daemon.get("/traces?limit=1000")["traces"])
        self.assertEqual(sum(row[1] for row in answer["rows"]), calls)
        self.assertEqual(answer["totals"][1], calls)
        with_text = daemon.request("/analytics/query", "POST", body=b"count all spans")
        self.assertEqual((with_text.status, with_text.json()["error"]["code"]), (400, "bad_json"))

    def test_the_overview_agrees_with_the_list(self) -> None:
        traces = [t for t in daemon.get("/traces?limit=1000&from=-24h")["traces"] if t["name"]]
        overview = daemon.get("/analytics/overview")
        self.assertAlmostEqual(overview["requests"], len(traces), delta=2)  # some may just leave the window
        self.assertGreater(overview["guardrail_checks"], 0)
        cost = daemon.get("/analytics/cost?limit=1000")
        by_model = sum(row["total_cost"] or 0 for row in cost["by_model"])
        self.assertAlmostEqual(by_model, overview["total_cost"])
        counts = [row["count"] for row in daemon.get("/analytics/latency")["by_span_type"]]
        self.assertEqual(counts, sorted(counts, reverse=True))

    def test_a_trace_is_found_by_every_form_of_its_id(self) -> None:
        trace = daemon.get("/traces?limit=1")["traces"][0]["trace_id"]
        uuid = "-".join((trace[:8], trace[8:12], trace[12:16], trace[16:20], trace[20:]))
        for form in (trace, trace.upper(), uuid, trace[:12], "%" + f"{ord(trace[0]):02x}" + trace[1:]):
            self.assertEqual(daemon.get(f"/traces/{form}")["trace_id"], trace, form)

    def test_the_killed_process_left_its_open_spans(self) -> None:
        trace = daemon.get(
            "/traces/" + daemon.find_trace(status="interrupted")["trace_id"] + "?include_blobs=1"
        )
        spans = {span["name"]: span for span in trace["spans"]}
        self.assertEqual(spans["import-agent"]["status"], "interrupted")
        self.assertEqual(spans["import-agent"]["inputs"], "Import the supplier's price list.")
        self.assertEqual(spans["chat gpt-4o"]["model"], "gpt-4o")
        self.assertEqual(spans["read prices.csv"]["status"], "success")
        self.assertIsNone(trace["end_time"])
        self.assertIsNone(spans["convert prices"]["duration_ms"])

    def test_a_run_of_2000_spans_comes_whole_and_in_order(self) -> None:
        trace = daemon.get("/traces/" + daemon.find_trace(name="coding-agent")["trace_id"])
        spans = trace["spans"]
        self.assertEqual((len(spans), trace["span_count"]), (2000, 2000))
        seen: set[str] = set()
        for span in spans:
            self.assertTrue(span["parent_span_id"] is None or span["parent_span_id"] in seen)
            seen.add(span["span_id"])
        cost = sum(int(span["usage"]["total_cost_nano_usd"] or 0) for span in spans)
        self.assertEqual(int(trace["total_cost_nano_usd"]), cost)
        self.assertAlmostEqual(trace["total_cost"], cost / 1e9)
        self.assertEqual(trace["llm_calls"], sum(span["span_type"] == "llm" for span in spans))

    def test_payloads_are_json_or_text_or_base64(self) -> None:
        trace = daemon.get(
            "/traces/" + daemon.find_trace(name="vision-agent")["trace_id"] + "?include_blobs=true"
        )
        tool = next(span for span in trace["spans"] if span["span_type"] == "tool")
        call = next(span for span in trace["spans"] if span["span_type"] == "llm")
        picture = base64.b64decode(tool["outputs"]["base64"], validate=True)
        self.assertEqual(tool["outputs"]["media_type"], "image/png")
        self.assertTrue(picture.startswith(b"\x89PNG\r\n"))
        info = tool["output_info"]
        self.assertRegex(info.pop("content_id"), "^[0-9a-f]{32}$")
        self.assertEqual(info, {"media_type": "image/png", "size_bytes": len(picture)})
        self.assertIsNone(tool["output_preview"])
        url = call["inputs"]["messages"][0]["content"][1]["image_url"]["url"]
        self.assertEqual(base64.b64decode(url.partition(",")[2], validate=True), picture)
        self.assertEqual(len(call["input_preview"]), 200)
        self.assertEqual(trace["spans"][0]["outputs"], "a colour gradient")

    def test_payloads_are_left_out_unless_asked_for(self) -> None:
        path = "/traces/" + daemon.find_trace(name="support-agent")["trace_id"]
        for span in daemon.get(path)["spans"] + daemon.get(path + "?include_blobs=false")["spans"]:
            self.assertNotIn("inputs", span)
            self.assertNotIn("outputs", span)

    def test_events_links_scores_and_errors_are_shown(self) -> None:
        retried = daemon.get("/traces/" + daemon.find_trace(name="report-writer")["trace_id"])
        self.assertEqual([e["name"] for e in retried["spans"][0]["events"]], ["retry"])
        self.assertEqual(retried["spans"][0]["events"][0]["attributes"], {"attempt": 1})
        self.assertTrue(retried["spans"][1]["error"].startswith("RateLimitError"))
        self.assertEqual(retried["error_count"], 1)
        linked = daemon.get("/traces/" + daemon.find_trace(name="writer")["trace_id"])
        target = linked["spans"][0]["links"][0]
        first = daemon.get("/traces/" + target["trace_id"])
        handoffs = [s["span_id"] for s in first["spans"] if s["span_type"] == "handoff"]
        self.assertIn(target["span_id"], handoffs)
        self.assertEqual((linked["scores"][0]["name"], linked["scores"][0]["value"]), ("feedback", 1.0))

    def test_one_span_is_the_same_as_in_its_trace(self) -> None:
        trace = daemon.get(
            "/traces/" + daemon.find_trace(name="order-agent")["trace_id"] + "?include_blobs=true"
        )
        span = trace["spans"][-1]
        path = f"/spans/{span['span_id']}?trace_id={trace['trace_id']}"
        self.assertEqual(daemon.get(path + "&include_blobs=true"), span)
        self.assertNotIn("inputs", daemon.get(path))
        other = daemon.request(f"/spans/{MISSING_ID[:16]}?trace_id={trace['trace_id']}")
        self.assertEqual((other.status, other.json()["error"]["code"]), (404, "not_found"))


class Refusals(unittest.TestCase):
    def assert_error(self, path: str, status: int, code: str, parameter: str | None = None) -> None:
        answer = daemon.request(path)
        self.assertEqual((path, answer.status), (path, status))
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        error = answer.json()["error"]
        self.assertEqual((error["code"], error.get("parameter")), (code, parameter))
        self.assertEqual(error["request_id"], answer.headers["X-Request-Id"])
        if parameter:
            self.assertIn(parameter, error["message"])

    def test_bad_parameters_are_named(self) -> None:
        for query, parameter in (
            ("limit=0", "limit"),
            ("limit=1001", "limit"),
            ("limit=ten", "limit"),
            ("limit=", "limit"),
            ("limit=5&limit=6", "limit"),
            ("offset=-1", "offset"),
            ("status=fine", "status"),
            ("status=%ff", "status"),
            ("cursor=x", "cursor"),
            ("offset=1&cursor=1-" + MISSING_ID, "cursor"),
            ("limmit=5", "limmit"),
            ("sort=age", "sort"),
        ):
            self.assert_error(f"/traces?{query}", 400, "bad_parameter", parameter)
        self.assert_error(f"/traces/{MISSING_ID}?include_blobs=maybe", 400, "bad_parameter", "include_blobs")

    def test_what_is_not_there_is_404(self) -> None:
        for path in ("/nothing", "/traces/", f"/traces/{MISSING_ID}", f"/traces/{MISSING_ID}/x", "/Traces"):
            self.assert_error(path, 404, "not_found")
        self.assert_error("/traces/no-such-text", 404, "not_found")
        self.assert_error("/traces/%ff", 400, "bad_path")
        self.assert_error("/traces/" + "x" * 5000, 404, "not_found")

    def test_other_methods_are_told_what_is_allowed(self) -> None:
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            answer = daemon.request("/traces", method)
            self.assertEqual((method, answer.status, answer.headers["Allow"]), (method, 405, "GET, HEAD"))
            self.assertEqual(answer.json()["error"]["code"], "method_not_allowed")

    def test_other_hosts_are_refused(self) -> None:
        for host in ("evil.example", "127.0.0.1.evil.example", f"evil.example:{daemon.port}", "localhost.a"):
            answer = daemon.request("/traces", headers={"Host": host})
            self.assertEqual((answer.status, answer.json()["error"]["code"]), (403, "forbidden_host"))
        for host in ("localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:8787"):
            self.assertEqual(daemon.request("/health", headers={"Host": host}).status, 200, host)

    def test_requests_that_servers_read_differently_are_refused(self) -> None:
        for head in (
            b"GET /health HTTP/1.1\r\n\r\n",
            b"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
            b"GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
            b"GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: +0\r\n\r\n",
            b"GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length : 0\r\n\r\n",
            b"GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi",
            b"GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
            b"GET /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n",
        ):
            self.assertRegex(daemon.raw(head), rb"^HTTP/1\.1 400 ", head)

    def test_a_body_is_never_read_as_the_next_request(self) -> None:
        inner = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for method in (b"GET", b"DELETE", b"OPTIONS", b"TRACE", b"POST", b"PUT", b"PATCH"):
            for path in (b"/traces", b"/traces/abc", b"/ingest", b"/nowhere"):
                head = method + b" " + path + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
                answer = daemon.raw(head % len(inner) + inner)
                self.assertLessEqual(answer.count(b"HTTP/1.1 "), 1, head)

    def test_too_much_of_anything_is_refused(self) -> None:
        huge = b"a" * 200_000
        for request in (
            b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + huge + b"\r\n\r\n",
            b"GET /health?" + huge + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + b"A: 1\r\n" * 40_000 + b"\r\n",
        ):
            self.assertNotIn(b" 200 ", daemon.raw(request)[:20])
        answer = daemon.raw(b"POST /ingest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n")
        self.assertRegex(answer, rb"^HTTP/1\.1 413 ")
        endless = b"POST /ingest HTTP/1.1\r\nHost: localhost\r\n" + CHUNKED + b"\r\n" + b"1" * 500_000
        self.assertNotIn(b" 200 ", daemon.raw(endless)[:20])
        self.assertEqual(daemon.get("/health")["status"], "ok")

    def test_bytes_that_are_no_http_do_no_harm(self) -> None:
        http2, tls = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01"
        for text in (b"\x00" * 100, http2, tls, b"GET\r\n\r\n", b"\r\n"):
            self.assertNotIn(b" 200 ", daemon.raw(text)[:20])
        self.assertEqual(daemon.get("/health")["status"], "ok")


class Behaviour(unittest.TestCase):
    def test_head_is_get_without_the_body(self) -> None:
        for path in ("/", "/health", "/traces?limit=3", f"/traces/{MISSING_ID}"):
            get, head = daemon.request(path), daemon.request(path, "HEAD")
            self.assertEqual((head.status, head.body), (get.status, b""))
            self.assertEqual(head.headers["Content-Length"], str(len(get.body)))

    def test_answers_cannot_be_framed_sniffed_or_cached(self) -> None:
        headers = daemon.request("/traces").headers
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"])
        self.assertNotIn("Access-Control-Allow-Origin", headers)

    def test_pipelined_requests_are_answered_in_order(self) -> None:
        one = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
        last = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        answer = daemon.raw(one + one + last, half_close=False)
        self.assertEqual(re.findall(rb"HTTP/1\.1 (\d+) ", answer), [b"200", b"200", b"404"])

    def test_100_requests_at_once_are_all_answered_alike(self) -> None:
        path = "/traces/" + daemon.find_trace(name="coding-agent")["trace_id"]
        expected = daemon.request(path).body
        with concurrent.futures.ThreadPoolExecutor(100) as pool:
            answers = list(pool.map(lambda _: daemon.request(path), range(100)))
        self.assertEqual({answer.status for answer in answers}, {200})
        self.assertTrue(all(answer.body == expected for answer in answers))
        self.assertEqual(len({answer.headers["X-Request-Id"] for answer in answers}), 100)

    def test_what_agents_write_appears(self) -> None:
        store = SCRATCH / "late"
        other = Daemon(HTTPD, store, SCRATCH / "late.log")
        try:
            self.assertEqual(other.get("/health")["store_id"], None)
            page = other.get("/traces")
            self.assertEqual((page["traces"], page["total"], page["next_cursor"]), ([], 0, None))
            self.assertEqual(other.request("/traces/" + MISSING_ID).status, 404)
            environment = {**os.environ, "OAT_DATA_DIR": str(store)}
            environment.pop("OPENAI_BASE_URL", None)
            agent = [str(BUILD / "examples/agent"), "--delay-ms", "1"]
            subprocess.run(agent, env=environment, check=True, capture_output=True, timeout=WAIT_S)
            deadline = time.monotonic() + WAIT_S
            while other.get("/traces")["total"] < 3 and time.monotonic() < deadline:
                time.sleep(0.05)
            traces = other.get("/traces")["traces"]
            self.assertEqual([(t["name"], t["status"]) for t in traces], [("assistant", "success")] * 3)
            self.assertEqual(traces[2]["tool_calls"], 3)
        finally:
            self.assertEqual(other.stop(signal.SIGINT), 0)


class Cut(unittest.TestCase):
    """Files of the store are cut while the daemon has them open."""

    def setUp(self) -> None:
        self.store = SCRATCH / self.id().rpartition(".")[2]
        shutil.copytree(SCRATCH / "store", self.store)

    def serve(self) -> Daemon:
        served = Daemon(HTTPD, self.store, SCRATCH / (self.store.name + ".log"))
        self.addCleanup(served.stop)
        return served

    def compact(self) -> None:
        command: list[str | Path] = [BUILD / "oat-compact", self.store, "--adopt"]
        subprocess.run(command, check=True, capture_output=True, timeout=WAIT_S)

    def check_cut(self, suffix: str) -> None:
        self.compact()
        served = self.serve()
        ids = [trace["trace_id"] for trace in served.get("/traces?limit=1000")["traces"]]
        paths = [f"/traces/{trace_id}?include_blobs=true" for trace_id in ids]
        for path in paths:
            served.get(path)
        for file in (self.store / "days").rglob("*" + suffix):
            os.truncate(file, 4096)
        errors = [answer.json()["error"] for path in paths if (answer := served.request(path)).status == 500]
        self.assertTrue(errors)
        for error in errors:
            self.assertEqual(error["code"], "unreadable")
            self.assertRegex(error["message"], rf"days/.*\{suffix} at byte \d+: the file was cut")
        self.assertGreater(served.get("/health")["problems"], 0)
        served.get("/traces")
        self.assertEqual(served.stop(), 0)

    def test_a_cut_part_is_an_error_and_then_left_out(self) -> None:
        self.check_cut(".part")

    def test_a_cut_pack_is_an_error_and_then_left_out(self) -> None:
        self.check_cut(".pack")

    def test_a_cut_segment_costs_what_was_in_it(self) -> None:
        served = self.serve()
        ids = [trace["trace_id"] for trace in served.get("/traces?limit=1000")["traces"]]
        for file in (self.store / "hot").iterdir():
            os.truncate(file, 4096)
        for trace_id in ids:
            self.assertIn(served.request(f"/traces/{trace_id}?include_blobs=true").status, (200, 404, 500))
        served.get("/traces")
        self.assertEqual(served.stop(), 0)


class Agent(unittest.TestCase):
    """The example agent meets text that it did not choose."""

    def ask(self, question: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "OAT_DATA_DIR": str(SCRATCH / "agent")}
        environment.pop("OPENAI_BASE_URL", None)
        agent = [str(BUILD / "examples/agent"), "--delay-ms", "1", *arguments, question]
        return subprocess.run(
            agent, env=environment, capture_output=True, text=True, errors="replace", timeout=WAIT_S
        )

    def test_long_notes_of_any_language_are_read(self) -> None:
        notes = SCRATCH / "notes.sqlite"
        with contextlib.closing(sqlite3.connect(notes)) as db, db:
            db.execute("create table notes(id integer primary key, note text not null)")
            db.executemany("insert into notes(note) values(?)", [("x" + "é" * 800,)] * 5)
        ran = self.ask("What did you note so far?", "--notes", str(notes))
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    def test_a_file_that_is_no_text_does_not_stop_a_search(self) -> None:
        folder = SCRATCH / "files"
        folder.mkdir()
        (folder / "binary").write_bytes(b"\xff oat_span_set_error\n")
        ran = self.ask("Where are errors recorded?", "--search", str(folder))
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)


class Program(unittest.TestCase):
    def run_httpd(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [HTTPD, *arguments], capture_output=True, text=True, timeout=WAIT_S, check=False
        )

    def test_a_port_in_use_names_its_holder_and_the_way_out(self) -> None:
        result = self.run_httpd("--dir", str(SCRATCH / "store"), "--listen", f"127.0.0.1:{daemon.port}")
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"process {daemon.process.pid}", result.stderr)
        self.assertIn("--listen", result.stderr)

    def test_configuration_can_be_checked_without_starting(self) -> None:
        result = self.run_httpd("--dir", "/nowhere", "--listen", f"127.0.0.1:{daemon.port}", "--check-config")
        self.assertEqual((result.returncode, "/nowhere" in result.stdout), (0, True))

    def test_a_damaged_store_is_an_error_at_the_start(self) -> None:
        broken = SCRATCH / "broken"
        broken.mkdir()
        (broken / "STORE").write_bytes(b"OATSTORE" + b"\x01" * 120)
        result = self.run_httpd("--dir", str(broken), "--listen", "127.0.0.1:0")
        self.assertEqual((result.returncode, str(broken) in result.stderr), (1, True))


if __name__ == "__main__":
    sys.exit(run_tests())
