#!/usr/bin/env python3
"""Checks of what oat-httpd takes in: OTLP over HTTP, POST /ingest, and what an acknowledgement is worth.

Usage: check_ingest.py BUILD SCRATCH     (SCRATCH/store is what demo_data wrote)
"""

from __future__ import annotations

import concurrent.futures
import gzip
import http.client
import json
import os
import re
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path
from typing import Any

from daemon import WAIT_S, Answer, Daemon, run_tests

BUILD, SCRATCH = Path(sys.argv[1]), Path(sys.argv[2])
HTTPD = BUILD / "oat-httpd"
DATA = Path(os.environ.get("OAT_TEST_DATA", "../shared/data")) / "otlp"
JSON, PROTO = {"Content-Type": "application/json"}, {"Content-Type": "application/x-protobuf"}
MIB = 1 << 20
RESIDENT_MAX_BYTES = {"asan": 900, "tsan": 4000}.get(BUILD.name, 500) * MIB  # some keep books of memory
KILL_ROUNDS = int(os.environ.get("KILL_ROUNDS", "3"))

daemon: Daemon


def setUpModule() -> None:
    global daemon
    daemon = Daemon(HTTPD, SCRATCH / "ingested", SCRATCH / "ingest.log")


def tearDownModule() -> None:
    daemon.stop()


def start(
    test: unittest.TestCase, name: str, *options: str, program: Path = HTTPD, compacts: bool = False
) -> Daemon:
    """A daemon of the test's own over SCRATCH/name; it ends with the test."""
    own = Daemon(program, SCRATCH / name, SCRATCH / f"{name}.log", options, compacts=compacts)
    test.addCleanup(own.stop, signal.SIGKILL)
    return own


def ingest(to: Daemon, body: Any) -> Answer:
    return to.request("/ingest", "POST", JSON, json.dumps(body).encode())


def span(trace: int, number: int, **fields: Any) -> dict[str, Any]:
    return {
        "trace_id": f"{trace:032x}",
        "span_id": f"{number:016x}",
        "name": "step",
        "start_time": 1.7e9,
        "end_time": 1.7e9 + 1,
        **fields,
    }


def otlp(trace: int, spans: range) -> bytes:
    items = [
        {
            "traceId": f"{trace:032x}",
            "spanId": f"{number:016x}",
            "name": "step",
            "startTimeUnixNano": "1700000000000000000",
            "endTimeUnixNano": "1700000001000000000",
        }
        for number in spans
    ]
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": items}]}]}).encode()


def spans_of(to: Daemon, trace: int) -> set[str]:
    answer = to.request(f"/traces/{trace:032x}")
    return {s["span_id"] for s in answer.json()["spans"]} if answer.status == 200 else set()


class Otlp(unittest.TestCase):
    def send(self, body: bytes, headers: dict[str, str]) -> Answer:
        return daemon.request("/v1/traces", "POST", headers, body)

    def test_a_request_is_answered_when_it_is_stored(self) -> None:
        answer = self.send(otlp(1, range(1, 4)), JSON)
        self.assertEqual(
            (answer.status, answer.headers["Content-Type"], answer.body), (200, JSON["Content-Type"], b"{}")
        )
        self.assertEqual(len(spans_of(daemon, 1)), 3)

    def test_a_packed_request_is_the_same(self) -> None:
        packed = gzip.compress(otlp(2, range(1, 4))) + gzip.compress(b" ")
        answer = self.send(packed, {**JSON, "Content-Encoding": "gzip"})
        self.assertEqual((answer.status, answer.body), (200, b"{}"))
        self.assertEqual(len(spans_of(daemon, 2)), 3)

    def test_what_is_sent_again_is_not_doubled(self) -> None:
        for _ in range(3):
            self.assertEqual(self.send(otlp(3, range(1, 4)), JSON).status, 200)
        self.assertEqual(daemon.get(f"/traces/{3:032x}")["span_count"], 3)

    def test_refusals_come_in_the_encoding_of_the_request(self) -> None:
        answer = self.send(b"zzz", PROTO)
        self.assertEqual(
            (answer.status, answer.headers["Content-Type"], answer.body[:1]),
            (400, PROTO["Content-Type"], b"\x12"),
        )
        answer = self.send(b"{", JSON)
        self.assertEqual((answer.status, set(answer.json())), (400, {"message"}))
        self.assertEqual(self.send(b"", {"Content-Type": "text/plain"}).status, 415)
        self.assertEqual(self.send(b"zzz", {**PROTO, "Content-Encoding": "br"}).status, 415)

    def test_a_gzip_bomb_is_413(self) -> None:
        bomb = gzip.compress(bytes(65 * MIB), 9)
        answer = self.send(bomb, {**JSON, "Content-Encoding": "gzip"})
        self.assertEqual(answer.status, 413)
        self.assertEqual(daemon.request("/health").status, 200)

    def test_other_systems_paths_are_taken(self) -> None:
        for path in ("/api/public/otel/v1/traces", "/otel/v1/traces", "/api/v1/otel/v1/traces"):
            self.assertEqual(daemon.request(path, "POST", PROTO, b"").status, 200)

    def test_every_recorded_export_is_taken(self) -> None:
        if not DATA.is_dir():
            self.skipTest(f"no {DATA}")
        taken = start(self, "recorded")
        refused = set()
        for path in sorted(DATA.rglob("*")):
            body = path.read_bytes() if path.suffix in (".pb", ".json") else b""
            if path.suffix == ".pb":
                answer = taken.request("/v1/traces", "POST", PROTO, body)
            elif b'"resourceSpans"' in body:
                answer = taken.request("/v1/traces", "POST", JSON, body)
            elif body:
                answer = ingest_bytes(taken, body)
            else:
                continue
            if answer.status != 200:
                self.assertEqual(answer.status, 422, (path, answer.body))
                refused.add(str(path.relative_to(DATA)))
        taken.stop()
        environment = {**os.environ, "OAT_DATA_DIR": str(SCRATCH / "imported")}
        told = subprocess.run(
            [BUILD / "oat", "import", "--json", DATA], env=environment, capture_output=True, text=True
        )
        skipped = set(re.findall(r"otlp/(\S+\.(?:json|pb)): skipped", told.stderr))
        self.assertEqual(refused, skipped)
        self.assertEqual(count_spans(SCRATCH / "recorded"), count_spans(SCRATCH / "imported"))


def ingest_bytes(to: Daemon, body: bytes) -> Answer:
    return to.request("/ingest", "POST", JSON, body)


def count_spans(directory: Path) -> int:
    told = subprocess.run(
        [BUILD / "oat", "--dir", directory, "stat", "--json"], capture_output=True, check=True
    )
    return int(json.loads(told.stdout)["spans"])


class Ingest(unittest.TestCase):
    def test_a_span_and_a_list_of_spans_are_taken(self) -> None:
        self.assertEqual(ingest(daemon, span(10, 1)).json(), {"accepted": 1, "rejected": 0, "errors": []})
        self.assertEqual(ingest(daemon, [span(10, 2), span(10, 3)]).json()["accepted"], 2)
        self.assertEqual(ingest(daemon, []).json(), {"accepted": 0, "rejected": 0, "errors": []})
        self.assertEqual(len(spans_of(daemon, 10)), 3)

    def test_given_ids_and_payloads_are_shown_as_they_were_given(self) -> None:
        given = {
            **span(0, 0, inputs={"messages": [{"role": "user", "content": "hi"}]}, outputs="hello"),
            **{
                "trace_id": "abc-123-def",
                "span_id": "span-456",
                "span_type": "llm",
                "metadata": {"tier": "pro"},
            },
        }
        self.assertEqual(ingest(daemon, given).status, 200)
        shown = daemon.get("/traces/abc-123-def?include_blobs=true")["spans"][0]
        for name in ("trace_id", "span_id", "span_type", "inputs", "outputs"):
            self.assertEqual(shown[name], given[name])
        self.assertEqual(shown["attributes"], {"tier": "pro"})

    def test_each_span_that_is_refused_is_named(self) -> None:
        bad = span(11, 2, span_type="dance")
        answer = ingest(daemon, [span(11, 1), bad, {**span(11, 3), "trace_id": ""}])
        told = answer.json()
        self.assertEqual((answer.status, told["accepted"], told["rejected"]), (200, 1, 2))
        self.assertEqual(
            [(e["index"], e["place"], e["span_id"], e["field"]) for e in told["errors"]],
            [(1, "$[1]", f"{2:016x}", "span_type"), (2, "$[2]", f"{3:016x}", "trace_id")],
        )
        answer = ingest(daemon, [bad])
        self.assertEqual((answer.status, answer.json()["error"]["code"]), (422, "rejected"))

    def test_other_bodies_are_refused(self) -> None:
        for body, status, code in (
            (b"{", 400, "bad_json"),
            (b'{"a":1}', 422, "no_spans"),
            (b"", 400, "bad_json"),
        ):
            answer = ingest_bytes(daemon, body)
            self.assertEqual((answer.status, answer.json()["error"]["code"]), (status, code))
        self.assertEqual(daemon.request("/ingest", "POST", {"Content-Type": "text/plain"}, b"{}").status, 415)

    def test_an_answer_can_be_posted_back(self) -> None:
        source = start(self, "store")
        copy = start(self, "copied")
        ended = [t for t in source.get("/traces?limit=1000")["traces"] if t["status"] in ("success", "error")]
        paths = [f"/traces/{t['trace_id']}?include_blobs=true" for t in ended]
        with concurrent.futures.ThreadPoolExecutor(8) as clients:
            answers = list(clients.map(source.get, paths))
            for _ in range(2):
                for told in clients.map(lambda answer: ingest(copy, answer), answers):
                    self.assertEqual((told.status, told.json()["rejected"]), (200, 0), told.body)
            for copied, answer in zip(clients.map(copy.get, paths), answers):
                self.assertEqual(comparable(copied), comparable(answer))


def comparable(value: Any) -> Any:
    """Without what is the store's own, scores, which are not spans, and how JSON was spaced."""
    left_out = ("content_id", "scores", "input_preview", "output_preview", "size_bytes")
    if isinstance(value, dict):
        return {k: comparable(v) for k, v in value.items() if k not in left_out}
    return [comparable(v) for v in value] if isinstance(value, list) else value


class Prices(unittest.TestCase):
    def test_prices_that_change_hold_for_what_comes_from_then_on(self) -> None:
        priced = start(self, "priced")
        self.assertEqual(self.cost_of(priced, 1), 2.5e-3)
        (SCRATCH / "priced" / "prices.yaml").write_text(
            "version: 2026-11-01\nproviders: {openai: {models: {gpt-4o: {input: 1.9}}}}\n"
        )
        self.wait_for_cost(priced, 2, 1.9e-3)
        self.assertEqual(priced.get(f"/spans/{1:016x}")["usage"]["total_cost"], 2.5e-3)

    def test_prices_beside_the_settings_stand_behind_those_of_the_store(self) -> None:
        folder = SCRATCH / "etc"
        folder.mkdir()
        settings, shared = folder / "oat-httpd.yaml", folder / "prices.yaml"
        settings.write_text("ack: process\n")
        shared.write_text("version: 2026-11-01\nproviders: {openai: {models: {gpt-4o: {input: 1.7}}}}\n")
        priced = start(self, "priced-by-all", "--config", str(settings))
        self.assertEqual(self.cost_of(priced, 1), 1.7e-3)
        details = priced.get(f"/spans/{1:016x}?include_blobs=true")["cost_details"]
        self.assertEqual((details["prices"], details["total_cost"]), ("2026-11-01", 1.7e-3))
        shared.write_text("version: 2026-11-02\nproviders: {openai: {models: {gpt-4o: {input: 1.8}}}}\n")
        number = self.wait_for_cost(priced, 2, 1.8e-3)
        (SCRATCH / "priced-by-all" / "prices.yaml").write_text(
            "version: 2026-11-03\nproviders: {openai: {models: {gpt-4o: {input: 1.9}}}}\n"
        )
        number = self.wait_for_cost(priced, number, 1.9e-3)
        shared.write_text("providers: nonsense\n")
        deadline = time.monotonic() + WAIT_S
        while f"{shared}:1:" not in priced.log.read_text():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        self.assertEqual(self.cost_of(priced, number), 1.9e-3)

    def wait_for_cost(self, of: Daemon, number: int, cost: float) -> int:
        """Sends spans from that number on until one has the cost; returns the next number."""
        deadline = time.monotonic() + WAIT_S
        while self.cost_of(of, number) != cost:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
            number += 1
        return number + 1

    def cost_of(self, of: Daemon, number: int) -> float:
        call = span(40, number, span_type="llm", model="gpt-4o", usage={"prompt_tokens": 1000})
        self.assertEqual(ingest(of, call).status, 200)
        return float(of.get(f"/spans/{number:016x}")["usage"]["total_cost"])


class Promises(unittest.TestCase):
    def test_no_acknowledged_span_is_lost_when_the_daemon_is_killed(self) -> None:
        for number in range(KILL_ROUNDS):
            victim = start(self, "killed", compacts=True)
            acknowledged: list[int] = []
            stopping = threading.Event()
            with concurrent.futures.ThreadPoolExecutor(4) as senders:
                for sender in range(4):
                    first = (number * 4 + sender) * 1_000_000 + 1
                    senders.submit(send_until_it_fails, victim.port, first, acknowledged, stopping)
                wait_for(acknowledged)
                time.sleep(0.1 * (number % 5))
                victim.stop(signal.SIGKILL)
                stopping.set()
            heir = start(self, "killed")
            self.assertGreater(len(acknowledged), 0)
            for trace in acknowledged:
                self.assertEqual(len(spans_of(heir, trace)), 20, f"trace {trace:032x}")
            heir.stop()

    def test_a_full_disk_is_503_until_there_is_room(self) -> None:
        small = start(self, "small")
        self.assertEqual(ingest(small, span(20, 1)).status, 200)
        unlimited = resource.prlimit(small.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(small.process.pid, resource.RLIMIT_FSIZE, (4096, unlimited[1]))
        for path, headers, body in (
            ("/ingest", JSON, json.dumps(span(20, 2, inputs=os.urandom(100_000).hex())).encode()),
            ("/v1/traces", JSON, otlp(20, range(3, 3000))),
        ):
            answer = small.request(path, "POST", headers, body)
            self.assertEqual(answer.status, 503)
            self.assertGreater(int(answer.headers["Retry-After"]), 0)
        resource.prlimit(small.process.pid, resource.RLIMIT_FSIZE, unlimited)
        self.assertEqual(ingest(small, span(20, 2, inputs="there is room")).status, 200)
        self.assertIn(f"{2:016x}", spans_of(small, 20))

    def test_large_bodies_are_refused_before_memory_grows(self) -> None:
        half_sent = [socket.create_connection(("127.0.0.1", daemon.port), timeout=WAIT_S) for _ in range(7)]
        head = f"POST /ingest HTTP/1.1\r\nHost: localhost\r\nContent-Length: {64 * MIB}\r\n\r\n".encode()
        half = head + bytes(60 * MIB)
        for connection in half_sent:
            connection.sendall(half)
        refused, _, _ = select.select(half_sent, [], [], WAIT_S)
        self.assertIn(b" 503 ", refused[0].recv(100))
        self.assertLess(resident_bytes(daemon), RESIDENT_MAX_BYTES)
        self.assertEqual(ingest(daemon, span(30, 1)).status, 200)
        for connection in half_sent:
            connection.close()

    def test_a_named_port_in_use_is_an_error_and_a_default_one_is_not(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            command = [
                HTTPD,
                "--dir",
                SCRATCH / "ingested",
                "--listen",
                "127.0.0.1:0",
                "--otlp-http",
                f"127.0.0.1:{port}",
            ]
            told = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=WAIT_S)
            self.assertEqual(told.returncode, 1)
            self.assertIn(f"port {port} is in use", told.stderr)


def resident_bytes(of: Daemon) -> int:
    status = Path(f"/proc/{of.process.pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) * 1024


def wait_for(acknowledged: list[int]) -> None:
    """For the first one."""
    deadline = time.monotonic() + WAIT_S
    while not acknowledged and time.monotonic() < deadline:
        time.sleep(0.01)


def send_until_it_fails(port: int, trace: int, acknowledged: list[int], stopping: threading.Event) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    try:
        while not stopping.is_set():
            connection.request("POST", "/v1/traces", otlp(trace, range(1, 21)), JSON)
            response = connection.getresponse()
            response.read()
            if response.status == 200:
                acknowledged.append(trace)
            trace += 1
    except (OSError, http.client.HTTPException):
        pass
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(run_tests())
