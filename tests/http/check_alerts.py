#!/usr/bin/env python3
"""Checks of alerts: what is sent in makes them fire, and a webhook of ours is told.

Usage: check_alerts.py BUILD SCRATCH
"""

from __future__ import annotations

import http.server
import json
import os
import queue
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path
from typing import Any

from daemon import WAIT_S, Daemon, run_tests
from websockets.sync.client import connect

BUILD, SCRATCH = Path(sys.argv[1]), Path(sys.argv[2])
HTTPD = BUILD / "oat-httpd"


class Receiver:
    """A webhook on a port of its own; answers are the statuses it gives, one after the other, then 204."""

    def __init__(self, *answers: int, port: int = 0) -> None:
        self.got: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.answers = list(answers)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.got.put((str(self.headers["X-From"]), body))
                self.send_response(outer.answers.pop(0) if outer.answers else 204)
                self.send_header("Location", f"http://127.0.0.1:{outer.port}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def next(self) -> Any:
        """What comes next."""
        return self.got.get(timeout=WAIT_S)[1]["alert"]

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Served:
    """A daemon with rules over an empty store of its own."""

    def __init__(self, name: str, rules: str, port: int = 1) -> None:
        self.folder = SCRATCH / f"alerts-{name}"
        self.folder.mkdir()
        self.rules = self.folder / "alerts.yaml"
        self.rules.write_text(
            f"webhooks:\n  hook: {{url: 'http://127.0.0.1:{port}/hook', headers: {{X-From: oat}}}}\n"
            f"alerts:\n{rules}"
        )
        self.start()

    def start(self) -> None:
        self.daemon = Daemon(HTTPD, self.folder, SCRATCH / f"{self.folder.name}.log")

    def restart(self) -> None:
        self.daemon.stop()
        self.start()

    def send(self, **members: Any) -> None:
        now = time.time()
        span = {"trace_id": os.urandom(16).hex(), "span_id": os.urandom(8).hex(), "name": "x"}
        body = json.dumps({**span, "start_time": now - 0.01, "end_time": now, **members}).encode()
        answer = self.daemon.request("/ingest", "POST", {"Content-Type": "application/json"}, body)
        if answer.status != 200:
            raise AssertionError(f"{answer.status} {answer.body!r}")

    def alert(self, rule: str) -> Any:
        return self.daemon.get(f"/alerts?rule={rule}")["alerts"][0]

    def wait_for(self, rule: str, state: str) -> Any:
        deadline = time.monotonic() + WAIT_S
        while (alert := self.alert(rule))["state"] != state:
            if time.monotonic() > deadline:
                raise AssertionError(f"{rule} is {alert}, not {state}")
            time.sleep(0.05)
        return alert

    def wait_for_answer(self) -> None:
        """Until the daemon has read a webhook's answer: one that ends before would tell it again."""
        deadline = time.monotonic() + WAIT_S
        while self.daemon.get("/alerts")["webhooks"][0].get("last_status") != 204:
            if time.monotonic() > deadline:
                raise AssertionError("no answer of the webhook was read")
            time.sleep(0.05)


class Alerts(unittest.TestCase):
    def serve(self, name: str, rules: str, port: int = 1) -> Served:
        served = Served(name, rules, port)
        self.addCleanup(lambda: served.daemon.stop())
        return served

    def receive(self, *answers: int) -> Receiver:
        receiver = Receiver(*answers)
        self.addCleanup(receiver.stop)
        return receiver

    def test_one_fires_and_is_over(self) -> None:
        hook = self.receive()
        served = self.serve(
            "one",
            "  dear: {aggregate: 'sum:cost', by: agent, window: 3s, every: 1s, above: 1, webhook: hook}\n",
            hook.port,
        )
        client = connect(f"ws://127.0.0.1:{served.daemon.port}/ws")
        self.addCleanup(client.close)
        client.send('{"kinds": ["alert", "feedback"]}')
        self.assertEqual(json.loads(client.recv(timeout=WAIT_S))["items"], [])
        for agent, cost in (("planner", 2.5), ("writer", 0.5)):
            served.send(agent=agent, span_type="llm", usage={"total_cost": cost})
        sender, message = hook.got.get(timeout=WAIT_S)
        self.assertEqual((sender, message["type"]), ("oat", "alert"))
        fired = message["alert"]
        self.assertEqual((fired["to"], fired["group"], fired["value"]), ("firing", {"agent": "planner"}, 2.5))
        self.assertEqual(json.loads(client.recv(timeout=WAIT_S))["items"], [message])
        shown = served.alert("dear")
        self.assertEqual((shown["unit"], shown["line"], shown["by"]), ("USD", 4, ["agent"]))
        over = hook.next()
        self.assertEqual((over["from"], over["group"]), ("firing", {"agent": "planner"}))
        answer = served.daemon.get("/alerts")
        self.assertEqual([e["id"] for e in answer["history"]], [over["id"], fired["id"]])
        webhook = answer["webhooks"][0]
        self.assertEqual((webhook["name"], webhook["last_status"], webhook["failures"]), ("hook", 204, 0))

        trace = served.daemon.get("/traces?limit=1")["traces"][0]["trace_id"]
        served.daemon.post(f"/traces/{trace}/feedback", {"score": 1, "feedback": "good"})
        while (item := json.loads(client.recv(timeout=WAIT_S))["items"][0])["type"] != "feedback":
            self.assertEqual(item["type"], "alert")
        self.assertEqual((item["feedback"]["trace_id"], item["feedback"]["comment"]), (trace, "good"))

    def test_one_that_flaps_makes_one_alert(self) -> None:
        hook = self.receive()
        served = self.serve(
            "flap",
            "  errors: {aggregate: error_rate, every: 1s, above: 0.4, resolve: 0.1, webhook: hook}\n",
            hook.port,
        )
        for status in ("error", "success", "success", "error", "error"):
            served.send(status=status)
            time.sleep(1.1)
        self.assertEqual(hook.next()["to"], "firing")
        self.assertTrue(hook.got.empty())
        self.assertEqual(served.alert("errors")["state"], "firing")
        for _ in range(40):
            served.send(status="success")
        self.assertEqual(hook.next()["to"], "ok")

    def test_a_webhook_that_was_away_is_told_in_order(self) -> None:
        gone = Receiver()
        gone.stop()
        served = self.serve(
            "away",
            "  any: {aggregate: count, window: 2s, every: 1s, above: 0, webhook: hook}\n",
            gone.port,
        )
        served.send()
        served.wait_for("any", "firing")
        served.wait_for("any", "ok")
        webhook = served.daemon.get("/alerts")["webhooks"][0]
        self.assertGreater(webhook["failures"], 0)
        self.assertTrue(webhook["last_error"])
        back = Receiver(503, port=gone.port)
        self.addCleanup(back.stop)
        told = [back.next() for _ in range(3)]
        self.assertEqual([event["to"] for event in told], ["firing", "firing", "ok"])
        self.assertEqual(told[0]["id"], told[1]["id"])

    def test_what_is_refused_is_not_sent_again_and_redirects_are_not_followed(self) -> None:
        hook = self.receive(302, 400)
        served = self.serve(
            "refuse",
            "  any: {aggregate: count, window: 2s, every: 1s, above: 0, webhook: hook}\n",
            hook.port,
        )
        served.send()
        self.assertEqual([hook.next()["to"] for _ in range(2)], ["firing", "ok"])
        served.send()
        self.assertEqual(hook.next()["to"], "firing")

    def test_a_restart_neither_forgets_nor_repeats(self) -> None:
        hook = self.receive()
        served = self.serve(
            "again",
            "  silence: {aggregate: count, window: 1h, every: 1s, below: 1, no_data: fire, webhook: hook}\n"
            "  slow: {aggregate: 'p95:duration', window: 1h, every: 1s, above: 1ms, for: 1h}\n",
            hook.port,
        )
        self.assertEqual(hook.next()["to"], "firing")
        since = served.wait_for("silence", "firing")["since"]
        served.wait_for_answer()
        served.restart()
        time.sleep(1.5)
        self.assertEqual(served.wait_for("silence", "firing")["since"], since)
        served.send()
        pending = served.wait_for("slow", "pending")["since"]
        self.assertEqual(hook.next()["to"], "ok")
        served.wait_for_answer()
        served.restart()
        time.sleep(1.5)
        self.assertEqual(served.wait_for("slow", "pending")["since"], pending)
        self.assertTrue(hook.got.empty())

    def test_a_damaged_book_is_begun_anew(self) -> None:
        served = self.serve("damage", "  any: {aggregate: count, window: 1h, every: 1s, above: 0}\n")
        served.send()
        served.wait_for("any", "firing")
        served.daemon.stop()
        (served.folder / "alerts.json").write_text('{"series": [')
        served.start()
        served.wait_for("any", "firing")
        self.assertIn("damaged", served.daemon.log.read_text())

    def test_rules_are_read_again_when_they_change(self) -> None:
        served = self.serve("change", "  any: {aggregate: count, window: 1h, every: 1s, above: 0}\n")
        served.send()
        since = served.wait_for("any", "firing")["since"]
        text = served.rules.read_text()
        served.rules.write_text(text + "  more: {aggregat: count}\n")
        self.wait_for_log(served, "alerts.yaml:5:")
        self.assertEqual(served.alert("any")["since"], since)
        served.rules.write_text(text + "  more: {aggregate: count, window: 1h, every: 1s, above: 0}\n")
        self.wait_for_log(served, "2 rules hold")
        served.wait_for("more", "firing")
        self.assertEqual(served.wait_for("any", "firing")["since"], since)
        metrics = served.daemon.request("/metrics").body.decode().splitlines()
        self.assertIn('oat_alert_groups{alert="more",state="firing"} 1', metrics)
        self.assertIn('oat_alert_groups{alert="more",state="ok"} 0', metrics)
        self.assertIn('oat_alert_failed{alert="more"} 0', metrics)

    def wait_for_log(self, served: Served, text: str) -> None:
        deadline = time.monotonic() + WAIT_S
        while text not in served.daemon.log.read_text():
            self.assertLess(time.monotonic(), deadline, text)
            time.sleep(0.05)

    def test_mistakes_end_the_start_with_line_and_column(self) -> None:
        rules = SCRATCH / "bad-alerts.yaml"
        rules.write_text("alerts:\n  a: {aggregate: count, abov: 1}\n")
        for more in ([], ["--check-config"]):
            command: list[str | Path] = [HTTPD, "--dir", SCRATCH, "--alerts", rules, *more]
            ran = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False)
            self.assertEqual((ran.returncode, f"{rules}:2:25: " in ran.stderr), (2, True), ran.stderr)
        rules.write_text("alerts:\n  a: {aggregate: count, above: 1}\n")
        ran = subprocess.run(
            [HTTPD, "--alerts", rules, "--check-config"],
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=True,
        )
        self.assertIn("1 alerts", ran.stdout)


if __name__ == "__main__":
    sys.exit(run_tests())
