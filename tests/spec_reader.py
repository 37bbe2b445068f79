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
from spec_blobs import Bad
from spec_forgotten import NOTHING
from spec_pairs import EVENT, LINK, OPEN, SCORE, SPAN, TOMBSTONE, Json, Pair, Record, check_major, kind_of
from spec_parts import Manifest, Part, check_trace_index, read_catalog
from spec_spans import Span, other_json

DAY_NS = 86_400_000_000_000

# ---- Stores (SPEC 5, 6, 22, 23) ----


class Store:
    """A store, read whole."""

    def __init__(self, directory: pathlib.Path, host: tuple[bytes, bytes]) -> None:
        """host: machine id and boot id of the machine that asks."""
        self.directory, self.host = directory, host
        while True:
            self.problems: list[Json] = []
            self.pairs: list[Pair] = []
            self.parts: list[Part] = []
            self.stones: list[Record] = []
            self.forgotten = NOTHING
            self.spans: list[Span] = []
            self.others: list[Json] = []
            published = self._manifest_bytes()
            self.manifest = self._read_manifest(published)
            try:
                self._check_identity()
                self._read_catalog()
                self._read_hot()
                self._read_days()
                self._check_trace_index()
            except Bad as error:
                self.problem(kind_of(error), "STORE", 0, str(error))
                return
            if self._manifest_bytes() == published:
                break
        self._join()

    def _check_identity(self) -> None:
        data = (self.directory / "STORE").read_bytes()
        if len(data) < 128 or data[:8] != b"OATSTORE":
            raise Bad("magic")
        if xxhash.xxh3_64_intdigest(data[:120]) != struct.unpack_from("<Q", data, 120)[0]:
            raise Bad("checksum")
        check_major(struct.unpack_from("<H", data, 8)[0])

    def _manifest_bytes(self) -> bytes | None:
        path = self.directory / "MANIFEST"
        return path.read_bytes() if path.exists() else None

    def _read_manifest(self, data: bytes | None) -> Manifest:
        try:
            return Manifest(data)
        except Bad as error:
            self.problem(kind_of(error), "MANIFEST", 0, str(error))
            return Manifest(None)

    def _read_hot(self) -> None:
        """The pairs that no part has taken over."""
        for path in sorted((self.directory / "hot").glob("*.spans")):
            name = re.fullmatch(r"([0-9a-f]{32})-([0-9a-f]{8})\.spans", path.name)
            if name and (bytes.fromhex(name[1]), int(name[2], 16)) not in self.manifest.consumed:
                try:
                    self.pairs.append(Pair(path, self.problem, self.liveness, self.forgotten))
                except FileNotFoundError:
                    continue  # taken over by a part since it was listed
                except Bad as error:
                    self.problem(kind_of(error), f"hot/{path.name}", 0, str(error))

    def _read_days(self) -> None:
        """The parts that MANIFEST names."""
        for entry in self.manifest.parts:
            try:
                self.parts.append(Part(self.directory, entry, self.problem, self.forgotten))
            except Bad as error:
                self.problem(kind_of(error), entry.path, 0, str(error))

    def _check_trace_index(self) -> None:
        """What TRACES says of the parts is so; nobody needs it."""
        path = self.directory / "TRACES"
        try:
            if path.exists():
                check_trace_index(path.read_bytes(), self.parts)
        except Bad as error:
            self.problem(kind_of(error), "TRACES", 0, str(error))

    def _read_catalog(self) -> None:
        """The catalog that MANIFEST names."""
        for generation, length, nonce in self.manifest.catalogs:
            path = f"catalog/{generation:016x}.part"
            try:
                self.stones, self.forgotten = read_catalog(self.directory, path, generation, length, nonce)
            except Bad as error:
                self.problem(kind_of(error), path, 0, str(error))

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

    def _span_records(self) -> Iterator[Record]:
        """Of all places; without the OPENs that do not count."""
        newest: dict[str, int] = {}
        for pair in self.pairs:
            if pair.carried:
                newest[pair.writer] = max(pair.seq, newest.get(pair.writer, 0))
        for pair in self.pairs:
            yield from pair.records(SPAN, *([OPEN] if pair.seq >= newest.get(pair.writer, 0) else []))
        for part in self.parts:
            yield from part.spans()

    def _join(self) -> None:
        stones = {record.slot[16:32] for record in self.stones}
        for pair in self.pairs:
            stones |= {pair.slot(number)[16:32] for number, kind in pair.kinds.items() if kind == TOMBSTONE}
        best: dict[tuple[int, bytes, bytes], Span] = {}
        ended: set[tuple[bytes, bytes]] = set()
        for record in self._span_records():
            span = Span(record)
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
        self._check_traces(stones)
        found: dict[tuple[Any, ...], Json] = {}
        marks = [record for pair in self.pairs for record in pair.records(EVENT, LINK, SCORE, TOMBSTONE)]
        for record in [*marks, *self.stones, *(mark for part in self.parts for mark in part.marks())]:
            if record.kind == TOMBSTONE or record.slot[16:32] not in stones:
                item = other_json(record)
                key_of = (record.kind, item["trace_id"], item.get("span_id") or "", item["id"])
                found.setdefault(key_of, item)
        self.others = [found[key] for key in sorted(found)]

    def _check_traces(self, stones: set[bytes]) -> None:
        """What parts say of traces that lie in them alone is what their spans say."""
        loose = {pair.trace_of(number) for pair in self.pairs for number in pair.kinds}
        names = {(part.entry.day, part.entry.generation): part for part in self.parts}
        for part in self.parts:
            loose |= {trace.trace_id for trace in part.traces if trace.continues}
            for day, generation, row in part.continued:
                if (day, generation) in names:
                    loose.add(names[day, generation].traces[row].trace_id)
        spans: dict[bytes, list[Span]] = {}
        for span in self.spans:
            spans.setdefault(span.trace_id, []).append(span)
        for part in self.parts:
            for trace in part.traces:
                if trace.trace_id not in loose | stones:
                    for what in part.differences(trace, spans.get(trace.trace_id, [])):
                        self.problem("corrupt", part.name, 0, f"{what} of trace {trace.trace_id.hex()}")

    def _count_usage(self) -> None:
        """SPEC 22, Counted usage."""
        above = self._ancestors()
        covers = {id(up) for span in self.spans if span.has_usage for up in above[id(span)]}

        for span in self.spans:
            span.depth = min(len(above[id(span)]), 9_999)

        def order(span: Span) -> tuple[int, bytes]:
            return -span.depth, span.span_id

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
                    self.problem("corrupt", first.record.path, first.record.offset, "parents in a cycle")
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
