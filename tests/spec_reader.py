#!/usr/bin/env python3
"""An independent reader of OpenAgentTrace stores, written from SPEC.md alone.

    spec_reader.py [--payloads] [--host MACHINE:BOOT] DIR
    spec_reader.py --check GOLDEN

The first form prints one JSON object a line: the spans of the store in (trace, start, span id)
order, then events, links, scores, tombstones, and what is wrong with its files. The second
compares golden stores (GOLDEN/good/v1/*, GOLDEN/bad/*) with the dumps beside them.

It favours plainness over speed: everything is read into memory, every payload is decoded.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import pathlib
import re
import socket
import struct
import sys
from collections.abc import Iterator
from typing import Any

import xxhash
from spec_blobs import Bad, put_varint, show
from spec_pairs import EVENT, LINK, OPEN, SCORE, SPAN, TOMBSTONE, Json, Pair, check_major, kind_of

DAY_NS = 86_400_000_000_000
TEXTS = [
    *("name", "service", "environment", "model", "provider", "agent", "session_id", "user_id", "operation"),
    *("status_message", "prompt_name"),
]
COUNTS = [
    *("prompt_tokens", "completion_tokens", "cached_tokens", "cache_write_tokens", "cache_write_1h_tokens"),
    *("reasoning_tokens", "audio_input_tokens", "audio_output_tokens", "image_tokens"),
]
TYPES = [
    *("agent", "llm", "tool", "retrieval", "guardrail", "handoff", "embedding", "rerank", "memory", "chain"),
    *("http", "database", "cache", "file_io"),
]
FLAGS = {
    16: "parent_local",
    17: "parent_remote",
    18: "synthetic_time",
    19: "clamped_time",
    20: "saturated",
    21: "held",
}


# ---- Spans and stores (SPEC 5, 6, 22, 23) ----


class Span:
    """A SPAN or OPEN slot, everything it refers to resolved."""

    def __init__(self, pair: Pair, number: int, kind: int) -> None:
        """Reads it from a slot that was checked."""
        self.pair, self.slot, self.open = pair, pair.slot(number), kind == OPEN
        self.offset = 4096 + 256 * number
        slot = self.slot
        self.trace_id, self.span_id, self.parent_id = slot[8:24], slot[24:32], slot[32:40]
        self.start, self.duration = struct.unpack_from("<QQ", slot, 40)
        self.flags: int = struct.unpack_from("<I", slot, 60)[0]
        self.call_id: int = struct.unpack_from("<Q", slot, 176)[0]
        self.texts = [pair.text(number, ref) for ref in struct.unpack_from("<11I", slot, 64)]
        self.payloads = [pair.payload(number, slot[at : at + 16]) for at in (192, 208, 224, 240)]
        self.attributes = pair.attributes(number, self.payloads[2])
        self.counted = False

    @property
    def has_usage(self) -> bool:
        """SPEC 22, Counted usage."""
        return bool(self.flags & 0x5FF)

    def rank(self) -> tuple[bool, int, bytes]:
        """The greatest of several copies of a span is the one (SPEC 22, Identity)."""
        form = self.slot[8:64]
        form += b"".join(b"\0" if t is None else put_varint(len(t) + 1) + t for t in self.texts)
        form += self.slot[108:188]
        form += b"".join(b"\0" if p is None else p.canonical() for p in self.payloads)
        return not self.open, self.start + self.duration, xxhash.xxh3_128_digest(form)

    def status(self) -> str:
        """The status that is shown."""
        if self.open:
            return {"alive": "running", "dead": "interrupted", "unknown": "unknown"}[self.pair.liveness]
        return "success" if self.slot[57] == 2 else "error"

    def json(self, with_bytes: bool) -> Json:
        """The span as it is printed."""

        def when(bit: int, fmt: str, at: int) -> Any:
            return struct.unpack_from(fmt, self.slot, at)[0] if self.flags >> bit & 1 else None

        given = dict(self.attributes or [])
        out: Json = {"kind": "span", "trace_id": self.trace_id.hex(), "span_id": self.span_id.hex()}
        out["parent_span_id"] = self.parent_id.hex() if any(self.parent_id) else None
        out |= {"start_ns": self.start, "end_ns": None if self.open else self.start + self.duration}
        out |= {"span_type": TYPES[self.slot[56] - 1], "status": self.status()}
        out["otel_status"] = [None, "UNSET", "OK", "ERROR"][self.slot[58]]
        out["price_tier"] = self.slot[59]
        out["flags"] = [name for bit, name in FLAGS.items() if self.flags >> bit & 1]
        out |= {name: None if text is None else show(text) for name, text in zip(TEXTS, self.texts)}
        out["prompt_version"] = when(15, "<I", 108)
        out |= {name: when(i, "<I", 112 + 4 * i) for i, name in enumerate(COUNTS)}
        out |= {"ttft_us": when(9, "<I", 148), "total_cost_nano": when(10, "<q", 152)}
        out |= {"input_cost_nano": when(11, "<q", 160), "output_cost_nano": when(12, "<q", 168)}
        out["cost_source"] = [None, "reported", "computed", "unpriced"][self.flags >> 13 & 3]
        out["call_id"] = f"{self.call_id:016x}" if self.call_id else None
        out["sample_rate"] = struct.unpack_from("<I", self.slot, 184)[0] or 10**9
        out["counted"] = self.counted
        for name, key, payload in zip(
            ("inputs", "outputs", "attributes", "error"), ("input", "output", "", ""), self.payloads
        ):
            media = given.get(f"oat.{key}.media_type")
            out[name] = payload.json(media, with_bytes) if payload else None
        if out["attributes"]:
            lost = self.attributes is None
            out["attributes"]["lost" if lost else "values"] = True if lost else self.attributes
        return out


class Store:
    """A store, read whole."""

    def __init__(self, directory: pathlib.Path, host: tuple[bytes, bytes]) -> None:
        """host: machine id and boot id of the machine that asks."""
        self.directory, self.host = directory, host
        self.problems: list[Json] = []
        self.pairs: list[Pair] = []
        self.spans: list[Span] = []
        self.others: list[Json] = []
        try:
            data = (directory / "STORE").read_bytes()
            if len(data) < 128 or data[:8] != b"OATSTORE":
                raise Bad("magic")
            if xxhash.xxh3_64_intdigest(data[:120]) != struct.unpack_from("<Q", data, 120)[0]:
                raise Bad("checksum")
            check_major(struct.unpack_from("<H", data, 8)[0])
        except Bad as error:
            self.problem(kind_of(error), "STORE", 0, str(error))
            return
        for path in sorted((directory / "hot").glob("*.spans")):
            if re.fullmatch(r"[0-9a-f]{32}-[0-9a-f]{8}\.spans", path.name):
                try:
                    self.pairs.append(Pair(path, self.problem, self.liveness))
                except Bad as error:
                    self.problem(kind_of(error), f"hot/{path.name}", 0, str(error))
        self._join()

    def problem(self, kind: str, path: str, offset: int, what: str, count: int = 1) -> None:
        """Reports something that is wrong, or was skipped."""
        self.problems.append(
            {"kind": "problem", "problem": kind, "path": path, "offset": offset, "what": what, "count": count}
        )

    def liveness(self, writer: str, machine_id: bytes, boot_id: bytes) -> str:
        """SPEC 6: alive, dead or unknown."""
        if boot_id != self.host[1] or not any(boot_id):
            if machine_id != self.host[0]:
                return "unknown"
            if boot_id != self.host[1]:
                return "dead"
        try:
            with (self.directory / "hot" / f"{writer}.live").open("rb") as file:
                data = file.read(128)
                sum_ = xxhash.xxh3_64_intdigest(data[:120]).to_bytes(8, "little")
                if len(data) < 128 or data[:8] != b"OATLIVE1" or sum_ != data[120:] or data[8:10] != b"\1\0":
                    return "dead"
                probe = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
                answer = fcntl.fcntl(file, 36, probe)  # F_OFD_GETLK
                return "dead" if struct.unpack_from("h", answer)[0] == fcntl.F_UNLCK else "alive"
        except OSError:
            return "dead"

    def _slots(self, *kinds: int) -> Iterator[tuple[Pair, int, int]]:
        for pair in self.pairs:
            yield from ((pair, number, kind) for number, kind in sorted(pair.kinds.items()) if kind in kinds)

    def _join(self) -> None:
        stones = {pair.slot(number)[16:32] for pair, number, _ in self._slots(TOMBSTONE)}
        newest: dict[str, int] = {}
        for pair in self.pairs:
            if pair.carried:
                newest[pair.writer] = max(pair.seq, newest.get(pair.writer, 0))
        best: dict[tuple[int, bytes, bytes], Span] = {}
        ended: set[tuple[bytes, bytes]] = set()
        for pair, number, kind in self._slots(SPAN, OPEN):
            if kind == OPEN and pair.seq < newest.get(pair.writer, 0):
                continue
            span = Span(pair, number, kind)
            key = (span.start // DAY_NS, span.trace_id, span.span_id)
            if key not in best or span.rank() > best[key].rank():
                best[key] = span
            if not span.open:
                ended.add(key[1:])
        self.spans = [
            s
            for s in best.values()
            if s.trace_id not in stones and not (s.open and (s.trace_id, s.span_id) in ended)
        ]
        self.spans.sort(key=lambda s: (s.trace_id, s.start, s.span_id))
        self._count_usage()
        found: dict[tuple[Any, ...], Json] = {}
        for pair, number, kind in self._slots(EVENT, LINK, SCORE, TOMBSTONE):
            item = self._other(pair, number, kind)
            if kind == TOMBSTONE or bytes.fromhex(item["trace_id"]) not in stones:
                found.setdefault((kind, item["trace_id"], item.get("span_id") or "", item["id"]), item)
        self.others = [found[key] for key in sorted(found)]

    def _other(self, pair: Pair, number: int, kind: int) -> Json:
        """An EVENT, LINK, SCORE or TOMBSTONE as it is printed."""
        slot = pair.slot(number)

        def text(at: int) -> str | None:
            raw = pair.text(number, struct.unpack_from("<I", slot, at)[0])
            return None if raw is None else show(raw)

        def u64(at: int) -> int:
            return int(struct.unpack_from("<Q", slot, at)[0])

        out: Json = {"id": f"{u64(8):016x}", "trace_id": slot[16:32].hex()}
        if kind == TOMBSTONE:
            return {"kind": "tombstone"} | out | {"time_ns": u64(32), "reason": text(40)}
        out["span_id"] = slot[32:40].hex() if any(slot[32:40]) else None
        if kind == SCORE:
            value = struct.unpack_from("<d", slot, 56)[0]
            finite = slot[64] and abs(value) != float("inf") and value == value
            out |= {
                "target_start_ns": u64(40) or None,
                "time_ns": u64(48),
                "value": value if finite else None,
            }
            texts = {"name": 68, "label": 72, "comment": 76, "source": 80}
            return {"kind": "score"} | out | {name: text(at) for name, at in texts.items()}
        out["span_start_ns"] = u64(40)
        payload = pair.payload(number, slot[64:80] if kind == EVENT else slot[80:96])
        attributes = pair.attributes(number, payload)
        out |= {"attributes": attributes, "attributes_lost": True if payload and attributes is None else None}
        if kind == EVENT:
            return {"kind": "event"} | out | {"time_ns": u64(48), "name": text(56)}
        out |= {"kind": "link", "target_trace_id": slot[48:64].hex(), "target_span_id": slot[64:72].hex()}
        return out | {"trace_state": text(72), "trace_flags": slot[76], "remote": slot[77] == 1}

    def _count_usage(self) -> None:
        """SPEC 22, Counted usage."""
        above = self._ancestors()
        covers = {id(up) for span in self.spans if span.has_usage for up in above[id(span)]}

        def order(span: Span) -> tuple[int, bytes]:
            return -min(len(above[id(span)]), 9_999), span.span_id

        best: dict[tuple[bytes, int], Span] = {}
        for span in sorted((s for s in self.spans if s.has_usage and id(s) not in covers), key=order):
            chosen = best.setdefault((span.trace_id, span.call_id), span)
            span.counted = span.call_id == 0 or chosen is span

    def _ancestors(self) -> dict[int, list[Span]]:
        """The spans above each span, nearest first; cycles are cut and reported."""
        by_id = {(s.trace_id, s.span_id): s for s in self.spans}
        parent = {id(s): by_id.get((s.trace_id, s.parent_id)) for s in self.spans}
        above: dict[int, list[Span]] = {}
        for span in self.spans:
            path: list[Span] = [span]
            while (up := parent[id(path[-1])]) is not None:
                if up in path:
                    first = min(path[path.index(up) :], key=lambda s: (s.start, s.span_id))
                    parent[id(first)] = None
                    first.pair.problem("corrupt", first.offset, "parents in a cycle")
                    path = [span]
                    continue
                path.append(up)
            above[id(span)] = path[1:]
        return above

    def dump(self, with_bytes: bool) -> Iterator[str]:
        """Everything, one JSON object a line."""
        for item in [*(span.json(with_bytes) for span in self.spans), *self.others, *self.problems]:
            yield json.dumps({key: value for key, value in item.items() if value is not None}, sort_keys=True)


# ---- The command ----

GOLDEN_HOST = (b"\x6d" * 16, b"\xee" * 16)  # the machine that wrote the golden files, after a reboot


def this_host() -> tuple[bytes, bytes]:
    """Machine id and boot id of this machine (SPEC 6)."""

    def read(path: str) -> str:
        try:
            return pathlib.Path(path).read_text().strip()
        except OSError:
            return ""

    machine, boot = read("/etc/machine-id"), read("/proc/sys/kernel/random/boot_id").replace("-", "")
    named = re.fullmatch("[0-9a-fA-F]{32}", machine)
    machine_id = bytes.fromhex(machine) if named else xxhash.xxh3_128_digest(socket.gethostname().encode())
    return machine_id, bytes.fromhex(boot) if re.fullmatch("[0-9a-fA-F]{32}", boot) else bytes(16)


def check(golden: pathlib.Path) -> int:
    """Compares all golden stores with their dumps; returns how many differ."""
    passed = failed = 0
    cases = [p.parent for p in [*golden.glob("good/v*/*/STORE"), *golden.glob("bad/*/STORE")]]
    for case in sorted(cases):
        store = Store(case, GOLDEN_HOST)
        found = list(store.dump(False))
        expected_path = case.with_name(case.name + ".json")
        expected = expected_path.read_text().splitlines() if expected_path.exists() else []
        problems = len(store.problems)
        if found == expected and (problems == 1 or case.parent.name != "bad"):
            passed += 1
            continue
        failed += 1
        print(f"{case}: {problems} problems")
        for line in [
            *(f"- {x}" for x in expected if x not in found),
            *(f"+ {x}" for x in found if x not in expected),
        ]:
            print(line)
    print(f"{passed} passed, {failed} failed")
    return failed or int(passed == 0)


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description="Reads an OpenAgentTrace store by SPEC.md.")
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--payloads", action="store_true", help="print payload bytes as base64")
    parser.add_argument("--host", help="machine id and boot id to judge writers by, MACHINE:BOOT in hex")
    parser.add_argument(
        "--check", action="store_true", help="directory is tests/golden: compare with the dumps"
    )
    options = parser.parse_args()
    if options.check:
        return check(options.directory)
    host = this_host()
    if options.host:
        machine, boot = (bytes.fromhex(part) for part in options.host.split(":"))
        host = machine, boot
    for line in Store(options.directory, host).dump(options.payloads):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
