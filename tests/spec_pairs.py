"""The pairs of a store, by sections 4, 7 to 9, 25 and 26 of SPEC.md alone."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import pathlib
import struct
from collections.abc import Callable, Iterator
from typing import Any

import xxhash
from spec_blobs import Bad, Blobs, read_attributes, spread
from spec_forgotten import NOTHING, Forgotten

SLOTS_MAX = 262_128
TIME_MAX = 2**63 - 1
VOID, SPAN, OPEN, STRING, EVENT, LINK, SCORE, TOMBSTONE = 1, 2, 3, 4, 5, 6, 7, 10
# Where slots have references to texts, and to payloads.
TEXTS_AT = {SPAN: range(64, 108, 4), OPEN: range(64, 108, 4), EVENT: [56], LINK: [72]}
TEXTS_AT |= {SCORE: range(68, 84, 4), TOMBSTONE: [40]}
PAYLOADS_AT = {SPAN: range(192, 256, 16), OPEN: range(192, 256, 16), EVENT: [64], LINK: [80]}
MEDIA = [
    *(
        "application/octet-stream",
        "text/plain",
        "application/json",
        "application/vnd.openagenttrace.attributes",
    ),
    *(
        "text/markdown",
        "text/html",
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "audio/wav",
        "audio/mpeg",
    ),
    *("audio/ogg", "video/mp4", "application/pdf"),
]
REDACTED, FORGOTTEN = 2, 16  # flags of payloads
FLAG_NAMES = ((REDACTED, "redacted"), (4, "limited"), (FORGOTTEN, "forgotten"))
Json = dict[str, Any]

# ---- Pairs (SPEC 7 to 9, 25, 26) ----

Report = Callable[[str, str, int, str, int], None]  # problem, path, offset, what, count
Liveness = Callable[[str, bytes, bytes], str]  # writer, machine id, boot id: alive, dead, unknown

PAIR_HEADER = struct.Struct("<8sHHI16s16sQQII16s16sQIB3x32s96xQ")


class Pair:
    """The two files of a pair, and what was found in them."""

    def __init__(
        self, path: pathlib.Path, report: Report, liveness: Liveness, forgotten: Forgotten = NOTHING
    ) -> None:
        """Reads the pair whose .spans is at path. Raises Bad when it is refused."""
        self.forgotten = forgotten
        self.report, self.name = report, f"hot/{path.name}"
        self.writer, self.seq = path.name[:32], int(path.name[33:41], 16)
        self.blobs_name = self.name[: -len("spans")] + "blobs"
        self.file = path.read_bytes()
        header = self._header(self.file, b"OATSPANS", 4096, 256)
        self.hash_seed, self.nonce = header[6], header[7]
        self.liveness = liveness(self.writer, header[10], header[11])
        self.carried = bool(self.file[320] & 1)
        self.blobs = self._open_blobs(path.with_suffix(".blobs"), header)
        self.in_file = min((len(self.file) - 4096) // 256, SLOTS_MAX)
        self._measure()
        self.kinds: dict[int, int] = {}
        self._scan()

    def problem(self, kind: str, offset: int, what: str, name: str = "", count: int = 1) -> None:
        """Reports something about this pair."""
        self.report(kind, name or self.name, offset, what, count)

    def _header(self, file: bytes, magic: bytes, header_size: int, slot_size: int) -> tuple[Any, ...]:
        if len(file) < header_size:
            raise Bad("header length")
        fields = PAIR_HEADER.unpack_from(file)
        if fields[0] != magic:
            raise Bad("magic")
        if fields[-1] != xxhash.xxh3_64_intdigest(file[:248]):
            raise Bad("checksum")
        check_major(fields[1])
        if fields[3] != header_size:
            raise Bad("header size")
        if fields[9] != slot_size:
            raise Bad("slot size")
        if fields[4].hex() != self.writer or fields[8] != self.seq:
            raise Bad("name")
        return fields

    def _open_blobs(self, path: pathlib.Path, header: tuple[Any, ...]) -> Blobs | None:
        try:
            data = path.read_bytes()
            own = self._header(data, b"OATBLOBS", 256, 0)
            if own[4:9] != header[4:9]:
                raise Bad("pair")
            if self.forgotten:
                self.shown_blobs = Blobs(data, self.nonce, self.hash_seed, self.forgotten.shown)
            return Blobs(data, self.nonce, self.hash_seed)
        except FileNotFoundError:
            self.problem("corrupt", 0, "missing", self.blobs_name)
        except Bad as error:
            self.problem(kind_of(error), 0, str(error), self.blobs_name)
        return None

    def _record(self, offset: int) -> tuple[int, int, int] | None:
        slots, blob_bytes, third, check = struct.unpack_from("<QQQQ", self.file, offset)
        right = check == xxhash.xxh3_64_intdigest(self.file[offset : offset + 24], seed=self.nonce)
        return (slots, blob_bytes, third) if right and third and slots <= SLOTS_MAX else None

    def _measure(self) -> None:
        """Finds the bound, and the slots and the blob bytes below which nothing may be wrong."""
        seal = self._record(512)
        durable = max(
            (r for r in (self._record(384), self._record(448)) if r), key=lambda r: r[2], default=None
        )
        self.sealed, self.strict = seal is not None, 0
        record = seal or durable
        self.blob_bytes = record[1] if record else 0
        if not seal and any(self.file[512:544]) and self.liveness != "alive":
            self.problem("corrupt", 512, "seal record")
        self.bound = self.in_file
        if not seal and self.liveness == "alive":
            claimed: int = struct.unpack_from("<Q", self.file, 256)[0]
            self.bound = min((min(claimed, SLOTS_MAX) + 15) // 16 * 16, self.in_file)
        if record:
            self.strict = record[0]
            if seal:
                self.bound = min(seal[0], self.in_file)
            if record[0] > self.in_file:
                self.problem("corrupt", 4096 + 256 * self.in_file, "slots in the file")
            if self.blobs and record[1] > len(self.blobs.data):
                self.problem("corrupt", len(self.blobs.data), "file length", self.blobs_name)

    def slot(self, number: int) -> bytes:
        """The bytes of a slot."""
        return self.file[4096 + 256 * number : 4352 + 256 * number]

    def kind(self, number: int) -> int:
        """The kind of a good slot, 0 for one never written, 65,535 for an unknown slot version."""
        slot = self.slot(number)
        word, head = struct.unpack_from("<QQ", slot)
        if word == 0:
            return 0
        seed = head ^ (word >> 32) ^ self.nonce ^ spread(number)
        if xxhash.xxh3_64_intdigest(slot[16:], seed=seed) & 0xFFFFFFFF != word & 0xFFFFFFFF:
            raise Bad("slot checksum")
        if word >> 32 & 0xFFFF == 0:
            raise Bad("slot kind")
        return word >> 32 & 0xFFFF if word >> 48 == 1 else 0xFFFF

    def _scan(self) -> None:
        skipped: dict[int, list[int]] = {}
        for number in range(self.bound):
            offset = 4096 + 256 * number
            try:
                kind = self.kind(number)
            except Bad as error:
                self.problem("corrupt" if number < self.strict else "torn", offset, str(error))
                continue
            if kind == 0 and number < self.strict:
                self.problem("corrupt", offset, "slot not written")
            elif kind in (SPAN, OPEN, STRING, EVENT, LINK, SCORE, TOMBSTONE):
                try:
                    check_slot(kind, self.slot(number))
                    self.kinds[number] = kind
                except Bad as error:
                    self.problem("corrupt", offset, str(error))
            elif kind not in (0, VOID):
                skipped.setdefault(kind, []).append(offset)
        for kind, offsets in sorted(skipped.items()):
            self.problem("skipped", offsets[0], f"slot kind {kind}", count=len(offsets))
        if self.sealed:
            for number in range(self.bound, self.in_file):
                if any(self.slot(number)[:8]):
                    self.problem("corrupt", 4096 + 256 * number, "slot beyond the seal")

    # ---- Records ----

    def trace_of(self, number: int) -> bytes:
        """The trace that a good slot has something of; b"": none."""
        kind = self.kinds[number]
        if kind in (SPAN, OPEN):
            return self.slot(number)[8:24]
        return self.slot(number)[16:32] if kind in (EVENT, LINK, SCORE) else b""

    def records(self, *kinds: int) -> Iterator[Record]:
        """The good slots of these kinds."""
        for number, kind in sorted(self.kinds.items()):
            if kind in kinds:
                yield self._record_of(number, kind)

    def _record_of(self, number: int, kind: int) -> Record:
        slot = self.slot(number)
        texts = [self.text(number, struct.unpack_from("<I", slot, at)[0]) for at in TEXTS_AT[kind]]
        payloads = [self.payload(number, slot[at : at + 16]) for at in PAYLOADS_AT.get(kind, [])]
        attributes = self.attributes(number, payloads[attributes_at(kind)]) if payloads else None
        place = self.name, 4096 + 256 * number
        return Record(kind, slot, texts, payloads, attributes, self.liveness, *place)

    # ---- References ----

    def lose(self, number: int, what: str) -> None:
        """Reports that something a slot refers to is lost."""
        self.problem("corrupt" if number < self.strict else "lost", 4096 + 256 * number, what)

    def text(self, number: int, ref: int) -> bytes | None:
        """The text that slot `number` refers to."""
        if ref == 0:
            return None
        try:
            at = ref - 1
            if at >= self.in_file or self.kind(at) != STRING:
                raise Bad("string reference")
            slot = self.slot(at)
            check_slot(STRING, slot)
            if not slot[20]:
                return self.forgotten.shown(slot[24 : 24 + struct.unpack_from("<I", slot, 16)[0]])
            payload = self.payload(number, slot[24:40])
            return self.forgotten.shown(payload.data) if payload and payload.data is not None else None
        except Bad as error:
            self.lose(number, str(error))
            return None

    def payload(self, number: int, ref: bytes) -> Payload | None:
        """The payload that slot `number` refers to."""
        offset8, id4 = struct.unpack_from("<I4s", ref)
        raw_len, media, flags = int.from_bytes(ref[8:14], "little"), ref[14], ref[15] & 15
        if offset8 == 0 and not flags & 8:
            return None
        payload = Payload(None, raw_len, media, flags)
        if flags & 8 or self.blobs is None:
            return payload
        try:
            entry = self.blobs.entry(8 * offset8)
            if entry.raw_len != raw_len or entry.id8[:4] != id4:
                raise Bad("blob reference")
            payload.data = self.blobs.raw(8 * offset8, bool(flags & 1))
            if self.forgotten and media == 3:
                payload.data = self.forgotten.attributes(payload.data)
            elif self.forgotten:
                payload.show(self.shown_blobs.raw(8 * offset8, bool(flags & 1)))
        except Bad as error:
            self.lose(number, str(error))
        return payload

    def attributes(self, number: int, payload: Payload | None) -> list[list[Any]] | None:
        """Decodes the attributes of slot `number`; None when there are none or they are lost."""
        if payload is None or payload.data is None:
            return None
        try:
            return read_attributes(payload.data)
        except Bad as error:
            self.lose(number, str(error))
            return None


@dataclasses.dataclass
class Payload:
    """A payload; data None: lost."""

    data: bytes | None
    raw_len: int
    media: int
    flags: int

    def show(self, data: bytes) -> None:
        """Takes data with markers in it for what is forgotten."""
        if data != self.data:
            self.data, self.flags = data, self.flags | FORGOTTEN | REDACTED

    def canonical(self) -> bytes:
        """Its part of a canonical form (SPEC 22, Identity)."""
        head = bytes([1, self.media, self.flags & ~1]) + self.raw_len.to_bytes(6, "little")
        return head if self.data is None else head + xxhash.xxh3_128_digest(self.data)

    def json(self, media_given: str | None, with_bytes: bool) -> Json:
        """What is printed of it."""
        media = media_given if self.media == 255 else MEDIA[self.media if self.media < len(MEDIA) else 0]
        out: Json = {"len": self.raw_len, "media_type": media}
        out |= {name: True for bit, name in FLAG_NAMES if self.flags & bit}
        if self.data is None:
            return out | {"lost": True}
        out["sha256"] = hashlib.sha256(self.data).hexdigest()
        return out | ({"base64": base64.b64encode(self.data).decode()} if with_bytes else {})


@dataclasses.dataclass
class Record:
    """A SPAN, OPEN, EVENT, LINK, SCORE or TOMBSTONE of a pair, or what a row of a part says as one."""

    kind: int
    slot: bytes  # its references mean nothing
    texts: list[bytes | None]  # what they referred to; None: none, or lost
    payloads: list[Payload | None]
    attributes: list[list[Any]] | None  # decoded; None: none, or lost
    liveness: str  # of its writer
    path: str
    offset: int  # in the file; of a part: row


def attributes_at(kind: int) -> int:
    """Which of the payloads of a record are its attributes."""
    return 2 if kind in (SPAN, OPEN) else 0


def check_slot(kind: int, slot: bytes) -> None:
    """Refuses a slot whose values break the tables of SPEC 9."""
    if kind in (SPAN, OPEN):
        start, duration, type_, status, otel = struct.unpack_from("<QQBBB", slot, 40)
        if not any(slot[8:24]) or not any(slot[24:32]):
            raise Bad("span ids")
        if not 1 <= type_ <= 14:
            raise Bad("span type")
        if status not in ((1,) if kind == OPEN else (2, 3)):
            raise Bad("span status")
        if otel > 3 or struct.unpack_from("<I", slot, 184)[0] > 10**9:
            raise Bad("span field")
        if start + duration > TIME_MAX or (kind == OPEN and duration):
            raise Bad("span time")
    elif kind == STRING:
        length, in_blob = struct.unpack_from("<IB", slot, 16)
        if in_blob > 1 or (in_blob and int.from_bytes(slot[32:38], "little") != length):
            raise Bad("string form")
        if not in_blob and length > 232:
            raise Bad("string length")
    time_at = {EVENT: 48, SCORE: 48, TOMBSTONE: 32}.get(kind)
    if time_at and struct.unpack_from("<Q", slot, time_at)[0] > TIME_MAX:
        raise Bad("time")
    if any(struct.unpack_from("<I", slot, at)[0] > SLOTS_MAX for at in TEXTS_AT.get(kind, [])):
        raise Bad("string reference")


def check_major(major: int) -> None:
    """Refuses versions that this reader does not know."""
    if major != 1:
        raise Bad("unsupported major" if major > 1 else "major version")


def kind_of(error: Bad) -> str:
    """Whether a refused file is newer or damaged."""
    return "unsupported" if str(error) == "unsupported major" else "corrupt"
