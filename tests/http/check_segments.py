#!/usr/bin/env python3
"""Checks of replication: pairs of files of one store that are sent to the daemon of another.

Usage: check_segments.py BUILD SCRATCH     (SCRATCH/store is what demo_data wrote)
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import unittest
from pathlib import Path

from daemon import Answer, Daemon, run_tests

BUILD, SCRATCH = Path(sys.argv[1]), Path(sys.argv[2])
HTTPD = BUILD / "oat-httpd"
PAGE_BYTES, SLOT_BYTES, UNIT = 4096, 256, 8
SEAL = slice(512, 544)


def start(test: unittest.TestCase, name: str, *options: str) -> Daemon:
    """A daemon of the test's own over SCRATCH/name; it ends with the test."""
    own = Daemon(HTTPD, SCRATCH / name, SCRATCH / f"{name}.log", options)
    test.addCleanup(own.stop, signal.SIGKILL)
    return own


def committed(spans: bytes) -> bytes:
    """Without what a writer that was killed had begun."""
    slots = [spans[at : at + SLOT_BYTES] for at in range(PAGE_BYTES, len(spans), SLOT_BYTES)]
    return spans[:PAGE_BYTES] + b"".join(slot if any(slot[:8]) else bytes(len(slot)) for slot in slots)


class Pair:
    """The two files of a pair, as far as they are used."""

    def __init__(self, spans: Path) -> None:
        writer, _, seq = spans.stem.partition("-")
        self.path = f"/segments/{writer}/{int(seq, 16)}"
        self.spans = committed(spans.read_bytes()).rstrip(b"\0")
        self.spans += bytes(-(len(self.spans) - PAGE_BYTES) % SLOT_BYTES)
        self.blobs = spans.with_suffix(".blobs").read_bytes().rstrip(b"\0")
        self.blobs += bytes(-len(self.blobs) % UNIT)
        self.is_sealed = any(self.spans[SEAL])

    def put(self, to: Daemon, file: str, offset: int = 0, **headers: str) -> Answer:
        body = (self.blobs if file == "blobs" else self.spans)[offset:]
        return to.request(f"{self.path}/{file}?offset={offset}", "PUT", headers, body)


def pairs(name: str) -> list[Pair]:
    return [Pair(path) for path in sorted((SCRATCH / name / "hot").glob("*.spans"))]


def verify(store: str) -> list[str]:
    return [str(BUILD / "oat"), "--dir", str(SCRATCH / store), "verify"]


class Replication(unittest.TestCase):
    def test_a_store_that_is_sent_is_the_same_store(self) -> None:
        origin, replica = start(self, "store"), start(self, "replica")
        for pair in pairs("store"):
            self.assertEqual(replica.request(pair.path).json()["blob_bytes"], 0)
            self.assertEqual(pair.put(replica, "blobs").status, 200)
            answer = pair.put(replica, "spans")
            self.assertEqual((answer.status, answer.json()["complete"]), (200, pair.is_sealed), answer.body)
            ended = replica.request(f"{pair.path}/spans?offset=0&ended=true", "PUT", body=pair.spans)
            self.assertEqual((ended.status, ended.json()["ended"]), (200, True))
        self.assertEqual([vars(pair) for pair in pairs("replica")], [vars(pair) for pair in pairs("store")])
        path = "/traces?limit=1000"
        self.assertEqual(replica.get(path), origin.get(path))
        for trace in replica.get(path)["traces"][:20]:
            path = f"/traces/{trace['trace_id']}?include_blobs=true"
            self.assertEqual(replica.get(path)["spans"][0]["inputs"], origin.get(path)["spans"][0]["inputs"])

    def test_bytes_that_are_no_segment_are_refused(self) -> None:
        dice = random.Random(6)
        attacked, pair = start(self, "attacked"), max(pairs("store"), key=lambda pair: len(pair.blobs))
        for _ in range(150):
            file, offset = (
                dice.choice(("blobs", "spans")),
                dice.choice((0, 0, 0, 256, 4096, 4352, 7, 1 << 34)),
            )
            body = bytearray(pair.blobs if file == "blobs" else pair.spans)[
                : dice.choice((0, 256, 5000, 1 << 20))
            ]
            for _ in range(dice.randrange(3)):
                if body:
                    body[dice.randrange(len(body))] = dice.randrange(256)
            answer = attacked.request(f"{pair.path}/{file}?offset={offset}", "PUT", body=bytes(body))
            self.assertIn(answer.status, (200, 400, 409, 413, 422), answer.body)
        self.assertEqual(pair.put(attacked, "blobs").status, 200)
        self.assertEqual(pair.put(attacked, "spans").status, 200)
        self.assertEqual(subprocess.run(verify("attacked"), capture_output=True, check=False).returncode, 0)

    def test_what_was_compacted_is_not_asked_for_again(self) -> None:
        replica = start(self, "compacted")
        pair = next(pair for pair in pairs("store") if pair.is_sealed)
        for file in ("blobs", "spans"):
            self.assertEqual(pair.put(replica, file).status, 200)
        ended = replica.request(f"{pair.path}/spans?offset=0&ended=true", "PUT", body=pair.spans)
        self.assertTrue(ended.json()["ended"])
        total = replica.get("/traces")["total"]
        subprocess.run([BUILD / "oat-compact", SCRATCH / "compacted"], check=True, capture_output=True)
        self.assertEqual(pairs("compacted"), [])
        self.assertTrue(replica.request(pair.path).json()["complete"])
        self.assertEqual(pair.put(replica, "blobs").json()["complete"], True)
        self.assertEqual(pairs("compacted"), [])
        self.assertEqual(replica.get("/traces")["total"], total)


if __name__ == "__main__":
    sys.exit(run_tests())
