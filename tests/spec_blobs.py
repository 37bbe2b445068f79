"""The bytes of blob segments and attributes, by sections 1, 4 and 10 to 12 of SPEC.md alone."""

from __future__ import annotations

import base64
import dataclasses
import functools
import struct
from collections.abc import Callable
from typing import Any

import lz4.block
import xxhash

RAW, LZ4, GROUP, RECIPE = 1, 2, 3, 4


class Bad(Exception):
    """Bytes that break a rule; the text says which."""


def spread(position: int) -> int:
    """SPEC 4: a position as part of a seed."""
    return position * 0x9E3779B97F4A7C15 % 2**64


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Reads a varint at a position; returns it and the position behind it."""
    value = 0
    for n in range(10):
        if at + n >= len(data):
            raise Bad("varint past the end")
        byte = data[at + n]
        value |= (byte & 0x7F) << 7 * n
        if byte < 0x80:
            if (byte == 0 and n > 0) or value >= 2**64:
                raise Bad("varint form")
            return value, at + n + 1
    raise Bad("varint length")


def put_varint(value: int) -> bytes:
    """Encodes a varint."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


# ---- Attributes (SPEC 12) ----


def read_value(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    """Reads one value; doubles, bytes and maps are shown as {"double": ..}, {"bytes": ..}, {"map": ..}."""
    if depth > 64:
        raise Bad("attribute depth")
    if at >= len(data):
        raise Bad("attribute past the end")
    kind, at = data[at], at + 1
    if kind == 0:
        return None, at
    if kind in (1, 5):
        raw, at = read_text(data, at)
        return (show(raw) if kind == 1 else {"bytes": raw.hex()}), at
    if kind == 2:
        if at >= len(data) or data[at] > 1:
            raise Bad("attribute boolean")
        return data[at] == 1, at + 1
    if kind == 3:
        number, at = varint(data, at)
        return (number >> 1) ^ -(number & 1), at
    if kind == 4:
        if at + 8 > len(data):
            raise Bad("attribute past the end")
        return {"double": repr(struct.unpack_from("<d", data, at)[0])}, at + 8
    if kind == 6:
        count, at = varint(data, at)
        items = []
        for _ in range(count):
            item, at = read_value(data, at, depth + 1)
            items.append(item)
        return items, at
    if kind == 7:
        entries, at = read_entries(data, at, depth + 1)
        return {"map": entries}, at
    raise Bad("attribute type")


def read_text(data: bytes, at: int) -> tuple[bytes, int]:
    """Reads a length and the bytes it counts."""
    length, at = varint(data, at)
    if length > len(data) - at:
        raise Bad("attribute past the end")
    return data[at : at + length], at + length


def read_entries(data: bytes, at: int, depth: int) -> tuple[list[list[Any]], int]:
    """Reads a count and that many keys and values; of a key that stands twice the last value counts."""
    count, at = varint(data, at)
    entries: dict[str, Any] = {}
    for _ in range(count):
        key, at = read_text(data, at)
        value, at = read_value(data, at, depth)
        entries[show(key)] = value
    return [[key, value] for key, value in entries.items()], at


def read_attributes(data: bytes) -> list[list[Any]]:
    """Reads a whole payload of media type 3."""
    entries, at = read_entries(data, 0, 1)
    if at != len(data):
        raise Bad("bytes behind the attributes")
    return entries


def show(text: bytes) -> str:
    """Bytes as JSON can carry them: invalid UTF-8 becomes lone surrogates."""
    return text.decode("utf-8", "surrogateescape")


# ---- Entries and recipes (SPEC 10, 11) ----


@dataclasses.dataclass(frozen=True)
class Entry:
    """A decoded entry header and its stored bytes."""

    kind: int
    id8: bytes
    raw_len: int
    stored: bytes
    predecessor: int


class Blobs:
    """The .blobs of a pair."""

    def __init__(
        self, data: bytes, nonce: int, hash_seed: int, shown: Callable[[bytes], bytes] | None = None
    ) -> None:
        """Takes the whole file, whose header was checked. shown: what stands for a content that is read."""
        self.data, self.nonce, self.hash_seed, self.shown = data, nonce, hash_seed, shown
        self.raw = functools.cache(self._raw)

    def entry(self, offset: int) -> Entry:
        """Reads and checks the entry at a file offset."""
        data = self.data
        if offset < 256 or offset + 13 > len(data):
            raise Bad("entry offset")
        kind, id8 = data[offset + 4], data[offset + 5 : offset + 13]
        if not RAW <= kind <= RECIPE:
            raise Bad("entry hole" if kind == 0 else "entry kind")
        raw_len, at = varint(data, offset + 13)
        stored_len, at = varint(data, at)
        back, at = varint(data, at) if kind == GROUP else (0, at)
        predecessor = offset - 8 * back if back else 0
        check = xxhash.xxh3_64_intdigest(data[offset + 4 : at], seed=self.nonce ^ spread(offset // 8))
        lengths = {
            RAW: 1 <= raw_len <= 2**20 and stored_len == raw_len,
            LZ4: 1 <= stored_len < raw_len <= 2**20,
            GROUP: 1 <= stored_len < raw_len <= 65_535,
            RECIPE: raw_len < 2**32 and stored_len <= 2**26,
        }
        if not lengths[kind] or stored_len > len(data) - at:
            raise Bad("entry length")
        stored = data[at : at + stored_len]
        if kind == RECIPE:
            check = xxhash.xxh3_64_intdigest(stored, seed=check)
        if check & 0xFFFFFFFF != struct.unpack_from("<I", data, offset)[0]:
            raise Bad("entry check")
        if back and predecessor < 256:
            raise Bad("group predecessor")
        return Entry(kind, id8, raw_len, stored, predecessor)

    def _raw(self, offset: int, recipe: bool) -> bytes:
        """The raw bytes of an entry, checked."""
        entry = self.entry(offset)
        if (entry.kind == RECIPE) != recipe:
            raise Bad("entry class")
        if entry.kind == RAW:
            raw = entry.stored
        elif entry.kind == LZ4:
            raw = self._lz4(entry, b"")
        elif entry.kind == GROUP:
            raw = self._group(offset)
        else:
            raw = self._recipe(offset, entry, entry.raw_len, 1)
        if len(raw) != entry.raw_len:
            raise Bad("raw length")
        if recipe and self.shown:
            return raw  # with markers in it, it is not what the id is of
        if xxhash.xxh3_128_digest(raw, seed=self.hash_seed)[:8] != entry.id8:
            raise Bad("content id")
        return self.shown(raw) if self.shown else raw

    def _lz4(self, entry: Entry, history: bytes) -> bytes:
        try:
            raw = lz4.block.decompress(entry.stored, uncompressed_size=entry.raw_len, dict=history[-65_536:])
        except lz4.block.LZ4BlockError as error:
            raise Bad("LZ4 block") from error
        return bytes(raw)

    def _group(self, offset: int) -> bytes:
        chain: list[Entry] = []
        while offset:
            chain.append(self.entry(offset))
            if chain[-1].kind != GROUP:
                raise Bad("group predecessor")
            if sum(entry.raw_len for entry in chain) > 262_144:
                raise Bad("group length")
            offset = chain[-1].predecessor
        history = raw = b""
        for entry in reversed(chain):
            raw = self._lz4(entry, history)
            if len(raw) != entry.raw_len or xxhash.xxh3_128_digest(raw, seed=self.hash_seed)[:8] != entry.id8:
                raise Bad("group predecessor's bytes")
            history += raw
        return raw

    def _recipe(self, offset: int, entry: Entry, need: int, depth: int) -> bytes:
        """The first bytes that a recipe produces. depth: recipes in the chain of bases so far."""
        if depth > 64:
            raise Bad("recipe depth")
        ops, at, out = entry.stored, 0, bytearray()
        whole = need == entry.raw_len
        while at < len(ops) and (whole or len(out) < need):
            first = at == 0
            value, at = varint(ops, at)
            op, argument = value & 7, value >> 3
            if op == 0:
                if argument > len(ops) - at:
                    raise Bad("recipe literal")
                literal = ops[at : at + argument]
                out += self.shown(literal) if self.shown else literal
                at += argument
                continue
            target = offset - 8 * argument
            if op > 5:
                raise Bad("recipe operation")
            if argument == 0 or target < 256 or (op == 4 and not first):
                raise Bad("recipe reference")
            if op == 4:
                length, at = varint(ops, at)
                if length > entry.raw_len:
                    raise Bad("raw length")
                out += self._base(target, length, min(length, need), depth + 1)
            else:
                chunk = self.raw(target, False)
                out += {2: b",", 3: b", "}.get(op, b"") + (base64.b64encode(chunk) if op == 5 else chunk)
            if len(out) > entry.raw_len:
                raise Bad("raw length")
        return bytes(out if whole else out[:need])

    def _base(self, offset: int, length: int, need: int, depth: int) -> bytes:
        base = self.entry(offset)
        if base.kind != RECIPE:
            raise Bad("entry class")
        if length > base.raw_len:
            raise Bad("recipe base length")
        out = self._recipe(offset, base, need, depth)
        if len(out) != need:
            raise Bad("raw length")
        return out
