"""MANIFEST, parts and the catalog, by sections 15 and 18 to 22 of SPEC.md alone.

Rows become records as slots of pairs do (spec_pairs.py). A file in which any section is damaged is left
out whole: this judges files that should be good. What a file says twice is compared.
"""

from __future__ import annotations

import dataclasses
import datetime
import pathlib
import struct
from collections.abc import Iterator
from typing import Any

from spec_blobs import Bad, put_varint, read_attributes
from spec_forgotten import NOTHING, Forgotten
from spec_pack import Pack
from spec_pairs import (
    EVENT,
    LINK,
    OPEN,
    PAYLOADS_AT,
    SCORE,
    SPAN,
    TEXTS_AT,
    TOMBSTONE,
    Payload,
    Record,
    Report,
    attributes_at,
    check_slot,
)
from spec_sections import NO_DAY, SectionFile, Table, check_that
from spec_spans import Span

SPANS, TRACES, EVENTS, LINKS, SCORES, SPAN_ATTRIBUTES, CONTINUED, MORE_ATTRIBUTES, SUMMARIES = range(1, 10)
AGENT_SUMMARIES = 10
ATTRIBUTE_COLUMNS = 32
GROUP_ROWS, SUMMARIES_MAX = 16_384, 256
SUMMARY_FLAGS = 0xE5FF
SUMMARY_KEY = (2, 3, 4, 5, 6, 11, 12, 13)  # columns that keys are made of, in their order
HOUR_NS = 3_600_000_000_000
TOMBSTONES, FORGOTTEN = 32, 33
PARTS, CATALOGS, CONSUMED, INDEXED = 48, 49, 50, 64
TEXTS_COLUMN = {EVENT: 16, LINK: 19, SCORE: 18}  # of the first one
NAME, MODEL, AGENT, PROMPT_NAME, PROMPT_VERSION = 16, 19, 21, 26, 27  # columns of SPANS
ATTRIBUTES_MEDIA, LOST = 3, 8


def id8(number: int) -> bytes:
    """An id of 8 bytes in a column."""
    return struct.pack("<Q", number)


def id16(first: int, second: int) -> bytes:
    """An id of 16 bytes in two columns."""
    return struct.pack("<QQ", first, second)


def unzigzag(number: int) -> int:
    """The signed number."""
    return number >> 1 ^ -(number & 1)


def signed(number: int) -> int:
    """A number mod 2^64 as a signed one."""
    return (number + 2**63) % 2**64 - 2**63


def rows_of(table: Table, first: int, last: int) -> list[tuple[int, ...]]:
    """The rows of a table: their numbers of columns first .. last."""
    return list(zip(*(table.column(number) for number in range(first, last + 1))))


def read_file(path: pathlib.Path, magic: bytes, length: int, nonce: int) -> SectionFile:
    """A file that MANIFEST names."""
    check_that(path.exists(), "missing")
    data = path.read_bytes()
    check_that(len(data) == length, "length of another file")
    file = SectionFile(data, magic)
    check_that(file.nonce == nonce, "nonce of another file")
    return file


# ---- MANIFEST and the catalog (SPEC 20, 21) ----


class Entry:
    """A row of PARTS."""

    def __init__(self, row: tuple[int, ...]) -> None:
        """Takes columns 1 .. 22."""
        self.day, self.generation, self.min_start, self.max_start, self.max_end, *rest = row
        self.rows, (self.part_bytes, self.pack_bytes, _, self.unique_bytes) = rest[:5], rest[5:9]
        self.nonce, self.pack_nonce, self.open_spans = rest[11:14]
        self.continued_days = tuple(rest[15:17])
        day = datetime.date(1970, 1, 1) + datetime.timedelta(days=self.day)
        self.stem = f"days/{day}/{self.generation:016x}"
        self.path = self.stem + ".part"


class Manifest:
    """The live set."""

    def __init__(self, data: bytes | None) -> None:
        """Reads the file; None: there is none."""
        self.parts: list[Entry] = []
        self.catalogs: list[tuple[int, ...]] = []
        self.consumed: set[tuple[bytes, int]] = set()
        if data is None:
            return
        file = SectionFile(data, b"OATMANI1")
        self.parts = [Entry(row) for row in rows_of(file.table(PARTS), 1, 22)]
        names = [(entry.day, entry.generation) for entry in self.parts]
        check_that(file.day == NO_DAY, "day")
        check_that(names == sorted(set(names)), "order of parts")
        self.catalogs = rows_of(file.table(CATALOGS), 1, 3)
        check_that(len(self.catalogs) <= 1, "catalogs")
        self.consumed = {(id16(*row[:2]), row[2]) for row in rows_of(file.table(CONSUMED), 1, 3)}


def read_catalog(
    directory: pathlib.Path, name: str, generation: int, length: int, nonce: int
) -> tuple[list[Record], Forgotten]:
    """The tombstones of a catalog, and what is forgotten."""
    file = read_file(directory / name, b"OATCATL1", length, nonce)
    check_that(file.generation == generation, "generation")
    rows = rows_of(file.table(FORGOTTEN), 1, 9)
    check_that(all(row[8] in (0, 1) for row in rows), "erased")
    contents = {id16(*row[:2]): id16(*row[4:6]) for row in reversed(rows)}
    forgotten = Forgotten(contents, file.hash_seed)
    reasons, stones = [forgotten.shown(text) for text in file.texts(TOMBSTONES, 5)], []
    for row, (first, second, ident, time, code) in enumerate(rows_of(file.table(TOMBSTONES), 1, 5)):
        slot = struct.pack("<8xQ16sQ", ident, id16(first, second), time).ljust(256, b"\0")
        check_slot(TOMBSTONE, slot)
        check_that(code <= len(reasons), "code of a reason")
        reason = reasons[code - 1] if code else None
        stones.append(Record(TOMBSTONE, slot, [reason], [], None, "dead", name, row))
    return stones, forgotten


# ---- Parts (SPEC 18) ----


@dataclasses.dataclass
class Trace:
    """A row of TRACES."""

    trace_id: bytes
    first_row: int
    span_count: int
    flags: int
    row: tuple[int, ...]  # columns 1 .. 42

    @property
    def continues(self) -> bool:
        """An older part has something of it too."""
        return bool(self.flags & 32)

    def rows(self) -> range:
        """Its rows of SPANS."""
        return range(self.first_row, self.first_row + self.span_count)


class Part:
    """A part and its pack."""

    def __init__(
        self, directory: pathlib.Path, entry: Entry, report: Report, forgotten: Forgotten = NOTHING
    ) -> None:
        """Reads the files of a row of PARTS. Raises Bad when the part is refused."""
        self.entry, self.name, self.report, self.forgotten = entry, entry.path, report, forgotten
        self.file = read_file(directory / entry.path, b"OATPART1", entry.part_bytes, entry.nonce)
        check_that((self.file.day, self.file.generation) == (entry.day, entry.generation), "name")
        self.pack = self._open_pack(directory)
        tables = {number: self.file.table(number) for number in range(SPANS, AGENT_SUMMARIES + 1)}
        self.span_rows = rows_of(tables[SPANS], 1, 48)
        self.traces = [
            Trace(id16(*row[:2]), row[6], row[7], row[5], row) for row in rows_of(tables[TRACES], 1, 42)
        ]
        self.mark_rows = {
            kind: rows_of(tables[table], 1, 21)
            for kind, table in {EVENT: EVENTS, LINK: LINKS, SCORE: SCORES}.items()
        }
        self.codes = rows_of(tables[SPAN_ATTRIBUTES], 1, ATTRIBUTE_COLUMNS)
        self.more_codes = rows_of(tables[MORE_ATTRIBUTES], 1, 2)
        self.attribute_of = [
            (forgotten.shown(key), forgotten.value(value))
            for key, value in self.file.attributes(SPAN_ATTRIBUTES, 1)
        ]
        self.flags = self.file.numbers(SPANS, 10)
        self.continued = rows_of(tables[CONTINUED], 1, 3)
        self.summaries = rows_of(tables[SUMMARIES], 1, 24)
        self.agent_summaries = rows_of(tables[AGENT_SUMMARIES], 1, 24)
        self.texts = {
            (table, column): [forgotten.shown(text) for text in self.file.texts(table, column)]
            for table, columns in {
                SPANS: range(16, 27),
                EVENTS: [16],
                LINKS: [19],
                SCORES: range(18, 22),
            }.items()
            for column in columns
        }
        self._check()

    def problem(self, row: int, what: str) -> None:
        """Reports something about a row."""
        self.report("corrupt", self.name, row, what, 1)

    def _open_pack(self, directory: pathlib.Path) -> Pack | None:
        entry, name = self.entry, self.entry.stem + ".pack"
        if entry.pack_bytes == 0:
            return None
        try:
            file = read_file(directory / name, b"OATPACK1", entry.pack_bytes, entry.pack_nonce)
            check_that((file.day, file.generation) == (entry.day, entry.generation), "name")
            pack = Pack(file.data, self.forgotten)
            if self.forgotten:
                self.bare_pack = Pack(file.data)
            check_that(sum(pack.raw_len) == entry.unique_bytes, "unique bytes")
            return pack
        except Bad as error:
            self.report("corrupt", name, 0, str(error), 1)
            return None

    # ---- What is said twice ----

    def _check(self) -> None:
        """Tables, indexes and the row of PARTS fit each other."""
        trace_ids = [trace.trace_id for trace in self.traces]
        in_order = [row for trace in self.traces for row in trace.rows()]
        check_that(in_order == list(range(len(self.span_rows))), "rows of traces")
        check_that(len(self.codes) == len(self.span_rows), "attributes of spans")
        check_that(self.more_codes == sorted(self.more_codes, key=lambda more: more[0]), "more attributes")
        check_that(
            all(row < len(self.codes) and self.codes[row][-1] and code for row, code in self.more_codes),
            "more attributes",
        )
        check_that(all(row < len(trace_ids) for rows in self.mark_rows.values() for row, *_ in rows), "trace")
        by_trace, by_span = self.file.index(TRACES, len(trace_ids)), self.file.index(SPANS, len(in_order))
        check_that(all(row in by_trace.find(ident) for row, ident in enumerate(trace_ids)), "index of traces")
        check_that(all(self.file.may_have(TRACES, ident) for ident in trace_ids), "filter of traces")
        check_that(
            all(row in by_span.find(id8(span[0])) for row, span in enumerate(self.span_rows)),
            "index of spans",
        )
        entry = self.entry
        rows = [
            len(self.span_rows),
            sum(map(bool, (t.rows() for t in self.traces))),
            *map(len, self.mark_rows.values()),
        ]
        check_that(rows == entry.rows, "rows in MANIFEST")
        if self.span_rows:
            begins = [row[3] for row in self.span_rows]
            said = (entry.min_start, entry.max_start, entry.max_end)
            ends = max(row[3] + row[4] for row in self.span_rows)
            check_that((min(begins), max(begins), ends) == said, "times in MANIFEST")
            check_that({begin // 86_400_000_000_000 for begin in begins} == {entry.day}, "day of a span")
        check_that(sum(row[6] == 1 for row in self.span_rows) == entry.open_spans, "open spans in MANIFEST")
        self._check_summaries(self.summaries, (2, 3, 4, 5, 6))
        self._check_summaries(self.agent_summaries, (4, 5, 11, 12, 13))
        days = [1 + day for day, *_ in self.continued] or [0]
        check_that((min(days), max(days)) == entry.continued_days, "continued days in MANIFEST")

    def _check_summaries(self, summaries: list[tuple[int, ...]], key: tuple[int, ...]) -> None:
        """What spans with the same key, these columns of a table, come to in sum."""

        def key_of(row: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(row[column - 1] if column in key else 0 for column in SUMMARY_KEY)

        groups = [row[0] for row in summaries]
        check_that(all(key_of(row) == tuple(row[c - 1] for c in SUMMARY_KEY) for row in summaries), "key")
        in_order = sorted(summaries, key=lambda row: (row[0], key_of(row)))
        check_that(summaries == in_order, "order of summaries")
        for group in set(groups):
            said = [row for row in summaries if row[0] == group]
            sums: dict[tuple[int, ...], list[int]] = {}
            for span in self.span_rows[group * GROUP_ROWS : (group + 1) * GROUP_ROWS]:
                hour = 1 + span[3] // HOUR_NS % 24 if said[0][1] else 0
                flags = SUMMARY_FLAGS & (self.flags[span[9] - 1] if span[9] else 0)
                texts = [span[column - 1] for column in (MODEL, AGENT, PROMPT_NAME, PROMPT_VERSION)]
                alike = zip(SUMMARY_KEY, (hour, span[5], span[6], flags, *texts))
                own = tuple(value if column in key else 0 for column, value in alike)
                counted = span[10]
                usage = [counted * count for count in span[27:36]]
                numbers = [1, counted, span[4], counted * unzigzag(span[37]), *usage]
                sums[own] = [sum(pair) for pair in zip(sums.get(own, [0] * len(numbers)), numbers)]
            found = [(*key_of(row), *row[6:9], unzigzag(row[9]), *row[15:24]) for row in said]
            check_that(len(said) <= SUMMARIES_MAX, "rows of a summary")
            check_that(found == [(*own, *sums[own]) for own in sorted(sums)], "summary of spans")

    def differences(self, trace: Trace, spans: list[Span]) -> Iterator[str]:
        """What a row of TRACES says otherwise than the spans of a trace that lies here alone."""
        rows = [self.span_rows[row] for row in trace.rows()]
        counted = [span for span in spans if span.counted]
        first = min((span.start for span in spans), default=trace.row[2])
        ends = [span.start + span.duration for span in spans if not span.open]
        has = [any(span.flags >> bit & 1 for span in counted) for bit in (0, 1, 10)]
        types = [span.slot[56] for span in spans]

        def total(bit: int, fmt: str, at: int) -> int:
            given = (span.slot for span in counted if span.flags >> bit & 1)
            return sum(struct.unpack_from(fmt, slot, at)[0] for slot in given)

        yield from (
            what
            for what, said, found in (
                ("span count", trace.span_count, len(spans)),
                ("start", trace.row[2], first),
                ("duration", trace.row[3], max([first, *ends]) - first),
                ("depth", trace.row[9], max((span.depth + 1 for span in spans), default=0)),
                ("error count", trace.row[10], sum(span.slot[57] == 3 for span in spans)),
                ("input tokens", trace.row[11], total(0, "<I", 112)),
                ("output tokens", trace.row[12], total(1, "<I", 116)),
                ("cost", unzigzag(trace.row[13]), signed(total(10, "<q", 152))),
                ("usage flags", trace.flags & 7, sum(flag << bit for bit, flag in enumerate(has))),
                ("types", [*trace.row[16:30]], [types.count(type_) for type_ in range(1, 15)]),
                ("counted spans", {id8(row[0]) for row in rows if row[10]}, {s.span_id for s in counted}),
            )
            if said != found
        )
        if rows:
            yield from self._root_differences(trace, rows)

    def _root_differences(self, trace: Trace, rows: list[tuple[int, ...]]) -> Iterator[str]:
        """The same for what it shows of its root, and of its first llm span."""
        root = rows[trace.row[8]]
        unannounced = [row[1] < 2 and bool(self.flags[row[9] - 1] >> 16 & 1) for row in rows]
        is_open = [row[6] == 1 or missing for row, missing in zip(rows, unannounced)]
        missing = unannounced[trace.row[8]]
        columns = [column for column in range(16, 27) if column != MODEL]
        texts = [0 if missing and column in (NAME, AGENT) else root[column - 1] for column in columns]
        calls = [row for row in rows if row[5] == 2]
        models = {row[MODEL - 1] for row in calls if row[3] == calls[0][3]} or {0}
        flags = any(is_open) << 3 | is_open[trace.row[8]] << 4 | missing << 7
        if trace.flags & 0x98 != flags:
            yield "open flags"
        if trace.row[4] != root[6]:
            yield "status"
        is_alike = root[6] != 1 and (root[3], root[4]) == (trace.row[2], trace.row[3])
        if trace.flags >> 8 & 1 and not (is_alike and [row for row in rows if row[1] == 0] == [root]):
            yield "like its root"
        if [trace.row[column + 15] for column in columns] != texts:
            yield "texts"
        if trace.row[MODEL + 15] not in models:
            yield "model"

    # ---- Records ----

    def spans(self) -> Iterator[Record]:
        """The rows of SPANS."""
        for trace in self.traces:
            for row in trace.rows():
                try:
                    yield self._span(trace, row)
                except (Bad, struct.error) as error:
                    self.problem(row, str(error))

    def marks(self) -> Iterator[Record]:
        """The rows of EVENTS, LINKS and SCORES."""
        for kind, rows in self.mark_rows.items():
            for row, numbers in enumerate(rows):
                try:
                    yield self._mark(kind, row, numbers)
                except (Bad, struct.error) as error:
                    self.problem(row, str(error))

    def _parent(self, trace: Trace, row: int) -> bytes:
        """The id of a span's parent."""
        parent, far_id = self.span_rows[row][1:3]
        if parent < 2:
            return id8(far_id if parent == 1 else 0)
        near = row - unzigzag(parent - 2)
        check_that(near in trace.rows(), "parent of a span")
        return id8(self.span_rows[near][0])

    def _span(self, trace: Trace, row: int) -> Record:
        numbers = (0, *self.span_rows[row])  # by their columns
        kind = OPEN if numbers[7] == 1 else SPAN
        check_that(1 <= numbers[10] <= len(self.flags), "code of span flags")
        total, made_rest, given_rest = (unzigzag(numbers[column]) for column in (38, 40, 48))
        made_cost = made_rest + numbers[39] * numbers[29]
        costs = (signed(cost) for cost in (total, given_rest + total - made_cost, made_cost))
        slot = bytearray(256)
        struct.pack_into("<16s8s8s", slot, 8, trace.trace_id, id8(numbers[1]), self._parent(trace, row))
        struct.pack_into("<QQ4BI", slot, 40, *numbers[4:10], self.flags[numbers[10] - 1])
        struct.pack_into("<11I", slot, 108, *numbers[27:38])
        struct.pack_into("<3qQI", slot, 152, *costs, *numbers[41:43])
        texts = [self._text(row, SPANS, column, numbers[column]) for column in range(16, 27)]
        attributes = self._payload(row, numbers[46]) or self._put_together(row, numbers[47])
        given, made, error = (self._payload(row, number) for number in numbers[43:46])
        return self._record(kind, bytes(slot), texts, [given, made, attributes, error], row)

    def _mark(self, kind: int, row: int, columns: tuple[int, ...]) -> Record:
        numbers = (0, *columns)
        trace, near, span_id, start = self.traces[numbers[1]], *numbers[2:5]
        if near:
            check_that(near - 1 in trace.rows(), "span of a row")
            span_id = self.span_rows[near - 1][0]
            start = start if kind == SCORE else self.span_rows[near - 1][3]
        slot = bytearray(256)
        struct.pack_into("<Q16s8sQ", slot, 8, numbers[5], trace.trace_id, id8(span_id), start)
        if kind == LINK:
            struct.pack_into("<16s8s", slot, 48, id16(*numbers[16:18]), id8(numbers[18]))
            struct.pack_into("<BB", slot, 76, *numbers[20:22])
        else:
            struct.pack_into("<Q", slot, 48, numbers[6])
        if kind == SCORE:
            struct.pack_into("<QB", slot, 56, numbers[17], numbers[16])
        table, first = {EVENT: EVENTS, LINK: LINKS, SCORE: SCORES}[kind], TEXTS_COLUMN[kind]
        columns_of = range(first, first + len(TEXTS_AT[kind]))
        texts = [self._text(row, table, column, numbers[column]) for column in columns_of]
        payloads = [self._payload(row, numbers[7])] if kind in PAYLOADS_AT else []
        return self._record(kind, bytes(slot), texts, payloads, row)

    def _record(
        self, kind: int, slot: bytes, texts: list[bytes | None], payloads: list[Payload | None], row: int
    ) -> Record:
        check_slot(kind, slot)
        payload = payloads[attributes_at(kind)] if payloads else None
        values: list[list[Any]] | None = None
        if payload and payload.data is not None:
            try:
                values = read_attributes(payload.data)
            except Bad as error:
                self.problem(row, str(error))
        return Record(kind, slot, texts, payloads, values, "dead", self.name, row)

    # ---- What numbers stand for ----

    def _text(self, row: int, table: int, column: int, code: int) -> bytes | None:
        texts = self.texts[table, column]
        if code > len(texts):
            self.problem(row, "code of a text")
            return None
        return texts[code - 1] if code else None

    def _payload(self, row: int, number: int) -> Payload | None:
        """The payload of number - 1; 0: none."""
        if number == 0:
            return None
        payload = Payload(None, 0, 0, LOST)
        try:
            if self.pack is None:
                raise Bad("payload without a pack")
            check_that(number <= len(self.pack.payloads), "number of a payload")
            _, _, payload.raw_len, payload.media, payload.flags, *_ = self.pack.payloads[number - 1]
            payload.data = self.pack.payload(number - 1)
            if self.forgotten and payload.data is not None and payload.media != ATTRIBUTES_MEDIA:
                shown, payload.data = payload.data, self.bare_pack.payload(number - 1)
                payload.show(shown)
        except Bad as error:
            self.problem(row, str(error))
        return payload

    def _put_together(self, row: int, flags: int) -> Payload | None:
        """The attributes payload that was taken apart into a row of SPAN_ATTRIBUTES."""
        if flags == 0:
            return None
        codes = [code for code in self.codes[row] if code]
        check_that(not any(self.codes[row][len(codes) :]), "attributes of a row")
        codes += [code for of, code in self.more_codes if of == row]
        data = put_varint(len(codes))
        for code in codes:
            check_that(1 <= code <= len(self.attribute_of), "code of an attribute")
            key, value = self.attribute_of[code - 1]
            data += put_varint(len(key)) + key + value
        return Payload(data, len(data), ATTRIBUTES_MEDIA, flags - 1)


# ---- The index of traces (SPEC 21) ----


def check_trace_index(data: bytes, parts: list[Part]) -> None:
    """Compares TRACES with the parts that it says it covers."""
    file = SectionFile(data, b"OATTRAC1")
    rows = rows_of(file.table(INDEXED), 1, 4)
    index = file.index(TRACES, sum(row[3] for row in rows))
    by_nonce = {part.entry.nonce: part for part in parts}
    first = 0
    check_that(file.day == NO_DAY, "day")
    check_that([row[:2] for row in rows] == sorted({row[:2] for row in rows}), "order of indexed parts")
    check_that(index.run_bits == 0, "runs of the index of traces")
    for day, generation, nonce, count in rows:
        part = by_nonce.get(nonce)
        if part and (part.entry.day, part.entry.generation) == (day, generation):
            check_that(count == len(part.traces), "traces of an indexed part")
            for row, trace in enumerate(part.traces):
                check_that(first + row in index.find(trace.trace_id), "index of traces of the store")
        first += count
