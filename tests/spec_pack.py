#!/usr/bin/env python3
"""Packs, by sections 3, 4, 11, 13 to 15, 17 and 19 of SPEC.md alone.

    spec_pack.py FILE...

Decodes every payload of each pack and prints one JSON object a line for each: its number, length, media
type, flags and the XXH3-128, seed 0, of its bytes.
"""

from __future__ import annotations

import argparse
import base64
import functools
import json
import pathlib
import struct
import sys

import lz4.block
import xxhash
from spec_blobs import Bad, spread, varint
from spec_forgotten import NOTHING as FORGOTTEN_NOTHING
from spec_forgotten import Forgotten
from spec_sections import BYTES, SectionFile, check_that, hash64

CHUNKS, CHUNK_GROUPS, PAYLOADS = 16, 17, 18
CHUNK, RECIPE, NOTHING = 1, 2, 3
LOST, ATTRIBUTES_MEDIA = 8, 3
LITERAL, BASE, BASE64 = 0, 4, 5
LEADS = {1: b"", 2: b",", 3: b", "}


class Pack:
    """The payloads of a part."""

    def __init__(self, data: bytes, forgotten: Forgotten = FORGOTTEN_NOTHING) -> None:
        """Reads the tables and checks that they fit together."""
        self.forgotten, self.masked = forgotten, False
        self.file = SectionFile(data, b"OATPACK1")
        chunks, groups = self.file.table(CHUNKS), self.file.table(CHUNK_GROUPS)
        payloads = self.file.table(PAYLOADS)
        self.raw_len = chunks.column(1)
        self.groups = list(zip(*(groups.column(number) for number in range(1, 7))))
        self.payloads = list(zip(*(payloads.column(number) for number in range(1, 6))))
        self.recipes = self.file.sections.get((BYTES, PAYLOADS, 2), b"")
        self.chunk = functools.cache(self._chunk)
        self.group = functools.lru_cache(64)(self._group)
        firsts = [group[3] for group in self.groups]
        check_that(firsts == sorted(set(firsts)), "first chunk of a group")
        self.ends = [*firsts[1:], len(self.raw_len)]
        self.index = self.file.index(CHUNKS, len(self.raw_len), 0) if self.raw_len else None

    def _group(self, number: int) -> bytes:
        """The decoded bytes of a group."""
        offset, stored_len, raw_len, first, codec, check = self.groups[number]
        stored = self.file.data[8 * offset : 8 * offset + stored_len]
        check_that(len(stored) == stored_len, "place of a group")
        check_that(check == hash64(stored, self.file.nonce ^ 8 * offset), "checksum of a group")
        check_that(raw_len <= (2**20 if self.ends[number] - first == 1 else 262_144), "length of a group")
        check_that(codec in (0, 1), "codec of a group")
        if codec == 1:
            try:
                stored = bytes(lz4.block.decompress(stored, uncompressed_size=raw_len))
            except lz4.block.LZ4BlockError as error:
                raise Bad("codec of a group") from error
        check_that(len(stored) == raw_len, "length of a group")
        check_that(sum(self.raw_len[first : self.ends[number]]) == raw_len, "chunks of a group")
        return stored

    def _chunk(self, number: int) -> bytes:
        """The bytes of a chunk."""
        check_that(number < len(self.raw_len), "chunk number")
        group = next(g for g, end in enumerate(self.ends) if number < end)
        first = self.groups[group][3]
        check_that(first <= number, "first chunk of a group")
        begin = sum(self.raw_len[first:number])
        raw = self.group(group)[begin : begin + self.raw_len[number]]
        check_that(1 <= len(raw) == self.raw_len[number], "length of a chunk")
        return raw

    def id_of(self, number: int) -> bytes:
        """The content id of a chunk."""
        return xxhash.xxh3_128_digest(self.chunk(number), seed=self.file.hash_seed)

    def find(self, content_id: bytes) -> int | None:
        """The chunk with that id."""
        rows = self.index.find(content_id[:8]) if self.index else []
        return next((row for row in rows if self.id_of(row) == content_id), None)

    def _operations(self, place: int) -> bytes:
        """The operations of a recipe."""
        check_that(place + 4 <= len(self.recipes), "place of a recipe")
        (check,) = struct.unpack_from("<I", self.recipes, place)
        length, at = varint(self.recipes, place + 4)
        ops = self.recipes[at : at + length]
        check_that(len(ops) == length <= 2**26, "length of a recipe")
        check_that(check == hash64(ops, self.file.nonce ^ spread(place)) & 0xFFFFFFFF, "check of a recipe")
        return ops

    def _recipe(self, number: int, need: int, depth: int) -> bytes:
        """The first bytes that a recipe produces. depth: recipes in the chain of bases so far."""
        _, place, raw_len, *_ = self.payloads[number]
        check_that(depth <= 64, "recipe depth")
        ops, at, out, expected = self._operations(place), 0, bytearray(), 0
        whole = need == raw_len
        while at < len(ops) and (whole or len(out) < need):
            first = at == 0
            value, at = varint(ops, at)
            op, argument = value & 7, value >> 3
            check_that(op <= BASE64, "recipe operation")
            if op == LITERAL:
                check_that(argument <= len(ops) - at, "recipe literal")
                out += self._shown(ops[at : at + argument])
                at += argument
            elif op == BASE:
                length, at = varint(ops, at)
                check_that(first and 0 < argument <= number, "recipe base")
                base = self.payloads[number - argument]
                check_that(base[0] == RECIPE and length <= base[2] and length <= raw_len, "recipe base")
                out += self._recipe(number - argument, min(length, need), depth + 1)
            else:
                chunk = expected + (argument >> 1 ^ -(argument & 1))
                check_that(chunk >= 0, "chunk number")
                raw, expected = self._shown(self.chunk(chunk)), chunk + 1
                out += base64.b64encode(raw) if op == BASE64 else LEADS[op] + raw
            check_that(len(out) <= raw_len, "length of a payload")
        produced = bytes(out if whole else out[:need])
        check_that(len(produced) == need, "length of a payload")
        return produced

    def payload(self, number: int) -> bytes | None:
        """The bytes of a payload, with markers for what is forgotten; None when it is lost."""
        kind, place, raw_len, media, flags = self.payloads[number]
        check_that(kind in (CHUNK, RECIPE, NOTHING), "kind of a payload")
        if kind == NOTHING:
            return None if flags & LOST or raw_len > 0 else b""
        self.masked = bool(self.forgotten) and media != ATTRIBUTES_MEDIA
        raw = self._shown(self.chunk(place)) if kind == CHUNK else self._recipe(number, raw_len, 1)
        check_that(len(raw) == raw_len < 2**32, "length of a payload")
        return self.forgotten.attributes(raw) if media == ATTRIBUTES_MEDIA else raw

    def _shown(self, content: bytes) -> bytes:
        """A chunk or literal of the payload in hand; of attributes it is their texts that are forgotten."""
        return self.forgotten.shown(content) if self.masked else content


def main() -> int:
    """Prints packs; 1 when something in one is refused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", nargs="+", type=pathlib.Path)
    failed = 0
    for path in parser.parse_args().file:
        try:
            pack = Pack(path.read_bytes())
            for number, (_, _, raw_len, media, flags, *_) in enumerate(pack.payloads):
                raw = pack.payload(number)
                found = None if raw is None else xxhash.xxh3_128_hexdigest(raw, seed=0)
                line = {"payload": number, "raw_len": raw_len, "media": media, "flags": flags, "hash": found}
                print(json.dumps(line))
        except Bad as error:
            print(f"{path}: {error}", file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
