#!/usr/bin/env python3
"""Checks of /ws: spans as they end, to clients that ask for all or for some of them.

Usage: check_live.py BUILD SCRATCH     (SCRATCH/store is what demo_data wrote)
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import unittest
from pathlib import Path
from typing import Any

from daemon import WAIT_S, Daemon, run_tests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.connection import Connection

BUILD, SCRATCH = Path(sys.argv[1]), Path(sys.argv[2])
STORE = SCRATCH / "live"
QUIET_S = 0.4
VIEW_AGE_S = 0.25  # of what answers show, at most
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)

daemon: Daemon


def setUpModule() -> None:
    global daemon
    shutil.copytree(SCRATCH / "store", STORE)
    daemon = Daemon(BUILD / "oat-httpd", STORE, SCRATCH / "live.log")


def tearDownModule() -> None:
    daemon.stop()


def listen() -> Connection:
    return connect(f"ws://127.0.0.1:{daemon.port}/ws", compression=None, max_size=None)


def subscribe(**members: Any) -> tuple[Connection, Any]:
    """A client that has subscribed, and what it was told first."""
    client = listen()
    client.send(json.dumps(members))
    return client, receive(client)


def receive(client: Connection) -> Any:
    return json.loads(client.recv(timeout=WAIT_S))


def receive_all(client: Connection) -> list[Any]:
    """Messages until it is quiet."""
    messages: list[Any] = []
    try:
        while True:
            messages.append(json.loads(client.recv(timeout=WAIT_S if not messages else QUIET_S)))
    except TimeoutError:
        return messages


def items(messages: list[Any]) -> list[Any]:
    return [item for message in messages if message["type"] == "batch" for item in message["items"]]


def run_agent(store: Path = STORE) -> None:
    """Seven spans of one trace, three of them llm."""
    subprocess.run(
        [BUILD / "examples" / "agent", "How?"],
        env={**os.environ, "OAT_DATA_DIR": str(store)},
        check=True,
        capture_output=True,
    )


class Live(unittest.TestCase):
    def test_a_client_that_says_nothing_gets_every_ended_span(self) -> None:
        with listen() as client:
            run_agent()
            messages = receive_all(client)
        self.assertEqual({message["type"] for message in messages}, {"span"})
        self.assertEqual(len(messages), 7)
        trace = daemon.get("/traces?limit=1")["traces"][0]
        shown = {s["span_id"]: s for s in daemon.get("/traces/" + trace["trace_id"])["spans"]}
        for message in messages:
            self.assertEqual(set(message), {"type", "span"})
            span = message["span"]
            whole = shown[span["span_id"]]
            self.assertEqual(span, {name: whole[name] for name in span})
            self.assertEqual(set(whole) - set(span), {"events", "links", "scores"})

    def test_a_subscription_is_confirmed_and_gets_what_passes_its_filter(self) -> None:
        client, first = subscribe(subscribe="type = llm and not status = error")
        with client:
            self.assertEqual((first["type"], first["items"]), ("batch", []))
            run_agent()
            got = items(receive_all(client))
        self.assertEqual([item["type"] for item in got], ["span", "span"])
        self.assertEqual({item["span"]["span_type"] for item in got}, {"llm"})

    def test_announced_spans_are_told_to_those_who_ask(self) -> None:
        client, _ = subscribe(kinds=["open"])
        agent = subprocess.Popen(
            [BUILD / "examples" / "agent", "--delay-ms", "1500", "How?"],
            env={**os.environ, "OAT_DATA_DIR": str(STORE)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with client:
            got = items([receive(client)])
        agent.kill()
        agent.wait()
        self.assertEqual(got[0]["type"], "open")
        self.assertEqual((got[0]["span"]["status"], got[0]["span"]["end_time"]), ("running", None))

    def test_traces_are_told_as_they_are_now(self) -> None:
        client, _ = subscribe(subscribe="type = agent", kinds=["trace"])
        with client:
            run_agent()
            got = items(receive_all(client))
        self.assertEqual({item["type"] for item in got}, {"trace"})
        self.assertEqual(got[-1]["trace"], daemon.get("/traces?limit=1")["traces"][0])
        self.assertEqual((got[-1]["trace"]["status"], got[-1]["trace"]["span_count"]), ("success", 7))

    def test_a_client_that_comes_back_gets_what_it_has_missed(self) -> None:
        client, _ = subscribe(subscribe="type = llm")
        with client:
            run_agent()
            got = receive_all(client)
        run_agent()
        again, first = subscribe(subscribe="type = llm", cursor=got[-1]["cursor"])
        with again:
            more = items([first, *receive_all(again)])
        self.assertEqual(len(more), 3)
        before = {item["span"]["span_id"] for item in items(got)}
        self.assertFalse(before & {item["span"]["span_id"] for item in more})

    def test_an_old_cursor_goes_on_from_the_store_also_after_compaction(self) -> None:
        copy = SCRATCH / "live-old"
        shutil.copytree(SCRATCH / "store", copy)
        run_agent(copy)
        first = Daemon(BUILD / "oat-httpd", copy, SCRATCH / "live-old1.log")
        with connect(f"ws://127.0.0.1:{first.port}/ws") as client:
            client.send("{}")
            cursor = receive(client)["cursor"]
        first.stop()
        run_agent(copy)
        subprocess.run([BUILD / "oat-compact", copy], check=True, capture_output=True)
        second = Daemon(BUILD / "oat-httpd", copy, SCRATCH / "live-old2.log")
        with connect(f"ws://127.0.0.1:{second.port}/ws", max_size=None) as client:
            client.send(json.dumps({"subscribe": "type = llm", "cursor": cursor}))
            batch = receive(client)
            run_agent(copy)
            later = items([receive(client)])
        newest = second.get("/traces?limit=2&sort=-start")["traces"]
        second.stop()
        told = {item["span"]["trace_id"] for item in batch["items"]}
        self.assertIn(newest[1]["trace_id"], told)
        self.assertEqual({item["span"]["span_type"] for item in batch["items"]}, {"llm"})
        self.assertEqual(later[0]["span"]["trace_id"], newest[0]["trace_id"])

    def test_wrong_messages_are_explained_and_change_nothing(self) -> None:
        client, _ = subscribe(subscribe="type = tool or type = database")
        with client:
            for text, code in (
                ("hello", "bad_json"),
                ('{"subscribe": "type = llm and cost >"}', "bad_filter"),
                ('{"subscribe": "trace.errors > 0"}', "bad_parameter"),
                ('{"kinds": ["spans"]}', "bad_parameter"),
                ('{"cursor": "x"}', "bad_cursor"),
            ):
                client.send(text)
                error = receive(client)
                self.assertEqual((error["type"], error["error"]["code"]), ("error", code), text)
            run_agent()
            self.assertEqual([i["span"]["span_type"] for i in items(receive_all(client))], ["database"])

    def test_who_does_not_read_misses_some_and_is_told_how_many(self) -> None:
        """And others go on meanwhile."""
        there = self.count_ended()
        with socket.create_connection(("127.0.0.1", daemon.port)) as slow, listen() as fast:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)
            slow.sendall(HANDSHAKE)
            self.assertIn(b" 101 ", slow.recv(100))
            subprocess.run(
                [BUILD / "examples" / "demo_data", "--traces", "4000"],
                env={**os.environ, "OAT_DATA_DIR": str(STORE)},
                check=True,
                capture_output=True,
            )
            made = self.count_ended() - there
            told = 0
            while told < made:
                told += self.weigh(receive(fast))
            told_slowly, missed = self.read_slowly(slow, made)
        self.assertEqual((told, told_slowly), (made, made))
        self.assertGreater(missed, 0)

    @staticmethod
    def count_ended() -> int:
        time.sleep(2 * VIEW_AGE_S)
        stats = daemon.get("/stats")
        return int(stats["spans"] - stats["open_spans"])

    @staticmethod
    def weigh(message: Any) -> int:
        """How many spans it tells of."""
        return int(message["n"]) if message["type"] == "missed" else 1

    @staticmethod
    def read_slowly(client: socket.socket, enough: int) -> tuple[int, int]:
        """Spans told of, and how many of them were missed, as far as `enough`."""
        client.settimeout(WAIT_S)
        stream = client.makefile("rb")
        while stream.readline().strip():
            pass
        total = missed = 0
        while total < enough:
            head = stream.read(2)
            length = head[1]
            if length > 125:
                length = int.from_bytes(stream.read(2 if length == 126 else 8), "big")
            payload = stream.read(length)
            if head[0] != 0x81:
                continue
            message = json.loads(payload)
            total += Live.weigh(message)
            missed += message["n"] if message["type"] == "missed" else 0
        return total, missed

    def test_a_stopping_server_says_so(self) -> None:
        other = Daemon(BUILD / "oat-httpd", STORE, SCRATCH / "live-stop.log")
        with connect(f"ws://127.0.0.1:{other.port}/ws") as client:
            self.assertEqual(other.stop(), 0)
            with self.assertRaises(ConnectionClosed) as closed:
                client.recv(timeout=WAIT_S)
        assert closed.exception.rcvd
        self.assertEqual(closed.exception.rcvd.code, 1001)


class Handshakes(unittest.TestCase):
    def test_others_are_told_what_ws_is_for(self) -> None:
        answer = daemon.request("/ws")
        self.assertEqual((answer.status, answer.headers["Sec-WebSocket-Version"]), (426, "13"))
        self.assertEqual(daemon.request("/ws", "HEAD").status, 426)
        self.assertEqual(daemon.request("/ws", "POST").status, 405)

    def test_pages_of_other_origins_are_refused(self) -> None:
        evil = HANDSHAKE[:-2] + b"Origin: http://evil.example\r\n\r\n"
        self.assertIn(b"HTTP/1.1 403 ", daemon.raw(evil))
        rebound = HANDSHAKE.replace(b"localhost", b"evil.example")
        self.assertIn(b"HTTP/1.1 403 ", daemon.raw(rebound))

    def test_frames_that_break_the_rules_end_the_connection_and_nothing_else(self) -> None:
        with listen() as witness:
            for frames, code in (
                (b"\x81\x05hello", 1002),
                (b"\x82\x81\0\0\0\0a", 1003),
                (b"\x81\x82\0\0\0\0\xc3\x28", 1007),
                (b"\x81\xff\0\0\0\0\x80\0\0\0\0\0\0\0x", 1009),
            ):
                self.assertIn(b"\x88", daemon.raw(HANDSHAKE + frames, half_close=False))
                self.assertIn(code.to_bytes(2, "big"), daemon.raw(HANDSHAKE + frames, half_close=False))
            with socket.create_connection(("127.0.0.1", daemon.port)) as flood:
                flood.settimeout(QUIET_S)
                with contextlib.suppress(OSError):
                    flood.sendall(HANDSHAKE + (b"\x89\xfd\0\0\0\0" + bytes(125)) * 10**5)
            run_agent()
            self.assertEqual(len(receive_all(witness)), 7)


if __name__ == "__main__":
    sys.exit(run_tests())
