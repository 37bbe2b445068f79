#!/usr/bin/env python3
"""Files of sections, by sections 3, 4 and 12 to 17 of SPEC.md alone.

    spec_sections.py FILE...

Checks each file whole and prints one JSON object a line: its header, its sections, its tables as
columns of numbers. It favours plainness over speed.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import pathlib
import struct
import sys
from typing import Any

import lz4.block
import xxhash
from spec_blobs import Bad, read_value, spread

MAGICS = (b"OATPART1", b"OATPACK1", b"OATCATL1", b"OATMANI1", b"OATPRMT1")
TABLE, TEXTS, NUMBERS, INDEX, ATTRIBUTES, BYTES, SIGNATURES, FILTER = range(1, 9)
CONSTANT, PACKED, RUNS = 1, 2, 3
ALL, BITMAP, ALIKE = 0, 1, 2
BLOCK_ROWS, GROUP_ROWS, ROWS_MAX = 1024, 16_384, 2**31
LZ4_MAX = 2_113_929_216
BLOCKS_MAX = 0xF0000000
SECTION_BLOCK = 16384
NO_DAY = 2**32 - 1  # the day of a file that is of none

HEADER = struct.Struct("<8sHHI16sQQQQ56xQ")
SECTION = struct.Struct("<HHHBxQQQQ")
TRAILER = struct.Struct("<QQI20xQQ8s")
GROUP = struct.Struct("<IIIIH6x")
COLUMN = struct.Struct("<H6xQQ")
PLACE = struct.Struct("<QII")


def check_that(right: bool, what: str) -> None:
    """Refuses bytes that break a rule."""
    if not right:
        raise Bad(what)


def hash64(data: bytes, seed: int) -> int:
    """XXH3-64."""
    return xxhash.xxh3_64_intdigest(data, seed=seed)


def up(number: int, multiple: int) -> int:
    """The number rounded up to a multiple."""
    return -(-number // multiple) * multiple


# ---- Blocks (SPEC 14) ----


def packed_size(count: int, width: int) -> int:
    """Bytes of packed numbers."""
    lanes, word_bits = (16, 32) if width <= 32 else (8, 64)
    words = up(up(count, lanes) // lanes * width, word_bits) // word_bits
    return words * lanes * word_bits // 8


def unpack(data: bytes, count: int, width: int) -> list[int]:
    """The packed numbers, lane by lane."""
    lanes, word_size = (16, 4) if width <= 32 else (8, 8)
    numbers = [0] * count
    for lane in range(min(lanes, count)):
        words = [data[at : at + word_size] for at in range(lane * word_size, len(data), 64)]
        stream = int.from_bytes(b"".join(words), "little")
        for k, i in enumerate(range(lane, count, lanes)):
            numbers[i] = stream >> k * width & (1 << width) - 1
    return numbers


def read_runs(data: bytes, count: int, width: int, runs: int) -> list[int]:
    """The numbers that runs stand for."""
    stream, numbers = int.from_bytes(data, "little"), list[int]()
    for run in range(runs):
        bits = stream >> run * (10 + width)
        last, value = bits % 1024, bits >> 10 & (1 << width) - 1
        check_that(len(numbers) <= last, "block runs")
        numbers += [value] * (last + 1 - len(numbers))
    check_that(len(numbers) == count, "block runs")
    return numbers


def read_body(data: bytes, count: int, width: int, exceptions: int, base: int) -> list[int]:
    """The numbers of a PACKED block of which so many are not 0."""
    positions_at = packed_size(count, width)
    values_at = positions_at + up(2 * exceptions, 8)
    check_that(len(data) == values_at + 8 * exceptions, "block length")
    positions = struct.unpack_from(f"<{exceptions}H", data, positions_at)
    check_that(list(positions) == sorted(set(positions)), "block exceptions")
    check_that(all(position < count for position in positions), "block exceptions")
    packed = [(base + x) % 2**64 for x in unpack(data[:positions_at], count, width)]
    for position, value in zip(positions, struct.unpack_from(f"<{exceptions}Q", data, values_at)):
        packed[position] = value
    return packed


def read_block(data: bytes, count: int, seed: int, bitmaps: dict[int, int], column: int = 0) -> list[int]:
    """All numbers of a block of so many rows. bitmaps: of the columns before it; gets its own."""
    check_that(len(data) >= 16, "block length")
    check, encoding, width, exceptions, base = struct.unpack_from("<IBBHQ", data)
    rows, encoding = divmod(encoding, 16)
    check_that(check == hash64(data[4:], seed) & 0xFFFFFFFF, "block checksum")
    check_that(encoding in (CONSTANT, PACKED, RUNS) and rows in (ALL, BITMAP, ALIKE), "block encoding")
    check_that(encoding != CONSTANT or rows == ALL, "block encoding")
    check_that(width <= {CONSTANT: 0, PACKED: 64, RUNS: 54}[encoding], "block width")
    check_that(encoding != CONSTANT or exceptions == 0, "block exceptions")
    front = {ALL: 0, BITMAP: 128, ALIKE: 8}[rows]
    check_that(len(data) >= 16 + front, "block length")
    bitmap = (1 << count) - 1
    if rows == BITMAP:
        bitmap = bitmaps[column] = int.from_bytes(data[16:144], "little")
    if rows == ALIKE:
        check_that(data[16] in bitmaps, "block bitmap")
        bitmap = bitmaps[data[16]]
    check_that(bitmap >> count == 0, "block bitmap")
    present = [row for row in range(count) if bitmap >> row & 1]
    if encoding == RUNS:
        check_that(len(data) == 16 + front + up(exceptions * (10 + width), 64) // 8, "block length")
        runs = read_runs(data[16 + front :], len(present), width, exceptions)
        numbers = [(base + x) % 2**64 for x in runs]
    else:
        numbers = read_body(data[16 + front :], len(present), width, exceptions, base)
    values = [0] * count
    for row, number in zip(present, numbers):
        values[row] = number
    return values


# ---- Tables (SPEC 15) ----


@dataclasses.dataclass
class Table:
    """Columns of numbers; one that is not there is 0 in every row."""

    rows: int
    columns: dict[int, list[int]]

    def column(self, number: int) -> list[int]:
        """All numbers of a column."""
        return self.columns.get(number, [0] * self.rows)


def read_group(group: bytes, rows: int, nonce: int, offset: int) -> dict[int, list[int]]:
    """The columns of a group that stands at an offset in the file."""
    check, head_len, length, own_rows, count = GROUP.unpack_from(group)
    blocks = up(rows, BLOCK_ROWS) // BLOCK_ROWS
    check_that(length == len(group), "group length")
    check_that(own_rows == rows, "group rows")
    check_that(head_len == up(24 + count * (24 + 4 * blocks), 8) <= length, "group head length")
    seed = nonce ^ spread(offset // 8)
    check_that(check == hash64(group[4:head_len], seed) & 0xFFFFFFFF, "group checksum")
    entries = [COLUMN.unpack_from(group, 24 + 24 * i) for i in range(count)]
    numbers = [entry[0] for entry in entries]
    check_that(numbers == sorted(set(numbers)), "group columns")
    check_that(all(number < 64 for number in numbers), "group columns")
    places = [*struct.unpack_from(f"<{count * blocks}I", group, 24 + 24 * count), length]
    columns = {}
    bitmaps: list[dict[int, int]] = [{} for _ in range(blocks)]  # by column
    for i, (number, least, greatest) in enumerate(entries):
        values: list[int] = []
        for block in range(blocks):
            begin, end = places[i * blocks + block], places[i * blocks + block + 1]
            check_that(head_len <= begin <= end <= length and begin % 8 == 0, "block place")
            in_block = min(rows - block * BLOCK_ROWS, BLOCK_ROWS)
            seed = nonce ^ spread((offset + begin) // 8)
            values += read_block(group[begin:end], in_block, seed, bitmaps[block], number)
        check_that((min(values), max(values)) == (least, greatest), "group least and greatest")
        columns[number] = values
    return columns


def read_table(file: bytes, index: bytes, nonce: int) -> Table:
    """The table whose groups are where its index says."""
    check_that(len(index) % PLACE.size == 0, "table index length")
    places = list(PLACE.iter_unpack(index))
    table = Table(0, {})
    for i, (offset, length, rows) in enumerate(places):
        last = i + 1 == len(places)
        check_that(0 < rows <= GROUP_ROWS if last else rows == GROUP_ROWS, "group rows")
        check_that(offset % 8 == 0 and length >= 24 and offset + length <= len(file), "group place")
        check_that(table.rows + rows <= ROWS_MAX, "table rows")
        group = read_group(file[offset : offset + length], rows, nonce, offset)
        for number in {*table.columns, *group}:
            column = table.columns.setdefault(number, [0] * table.rows)
            column += group.get(number, [0] * rows)
        table.rows += rows
    return table


# ---- Dictionaries and indexes (SPEC 16, 17) ----


def cut(data: bytes, ends: tuple[int, ...]) -> list[bytes]:
    """The texts that end there; the last one ends with the data."""
    check_that(list(ends) == sorted(ends), "dictionary ends")
    check_that(len(data) == (ends[-1] if ends else 0), "dictionary ends")
    return [data[begin:end] for begin, end in zip((0, *ends), ends)]


def read_numbers(data: bytes, at: int, count: int) -> tuple[int, ...]:
    """So many u32 of a dictionary."""
    check_that(at + 4 * count <= len(data), "dictionary count")
    return struct.unpack_from(f"<{count}I", data, at)


def read_texts(data: bytes) -> list[bytes]:
    """The texts of codes 1, 2 .."""
    (count,) = read_numbers(data, 0, 1)
    return cut(data[4 + 4 * count :], read_numbers(data, 4, count))


def read_attribute_pairs(data: bytes) -> list[tuple[bytes, bytes]]:
    """The key and the encoded value of codes 1, 2 .."""
    key_count, count = read_numbers(data, 0, 2)
    key_ends = read_numbers(data, 8, key_count)
    key_of = read_numbers(data, 8 + 4 * key_count, count)
    value_ends = read_numbers(data, 8 + 4 * (key_count + count), count)
    rest = data[8 + 4 * (key_count + 2 * count) :]
    middle = key_ends[-1] if key_ends else 0
    keys, values = cut(rest[:middle], key_ends), cut(rest[middle:], value_ends)
    check_that(all(key < key_count for key in key_of), "attribute key")
    for value in values:
        check_that(read_value(value, 0, 1)[1] == len(value), "attribute value")
    return [(keys[key], value) for key, value in zip(key_of, values)]


class IdIndex:
    """Which rows may have an id."""

    def __init__(self, data: bytes, rows: int, nonce: int) -> None:
        """Reads the index of a table of so many rows."""
        check_that(len(data) >= 8, "index length")
        count, self.bucket_bits, self.row_bits, *rest = struct.unpack_from("<I4B", data)
        self.tag_bits, self.run_bits = rest
        check_that(count == rows, "index count")
        check_that(self.bucket_bits <= 31, "index widths")
        check_that(self.tag_bits <= 16 and self.run_bits <= 10, "index widths")
        check_that(self.row_bits == (max(count - 1, 0) >> self.run_bits).bit_length(), "index widths")
        starts = 2**self.bucket_bits + 1
        stream_len = up(count * (self.row_bits + self.tag_bits), 64) // 8
        check_that(len(data) == 8 + 4 * starts + stream_len + 8, "index length")
        self.nonce, self.count = nonce, count
        self.starts = struct.unpack_from(f"<{starts}I", data, 8)
        self.entries = data[8 + 4 * starts :]

    def find(self, ident: bytes) -> list[int]:
        """The rows that may have an id."""
        hashed = hash64(ident, self.nonce)
        bucket = hashed >> 64 - self.bucket_bits
        tag = (hashed << self.bucket_bits) % 2**64 >> 64 - self.tag_bits
        width, found = self.row_bits + self.tag_bits, list[int]()
        for entry in range(self.starts[bucket], min(self.starts[bucket + 1], self.count)):
            word = int.from_bytes(self.entries[entry * width // 8 :][:8], "little") >> entry * width % 8
            row = (word & (1 << self.row_bits) - 1) << self.run_bits
            if word >> self.row_bits & (1 << self.tag_bits) - 1 == tag:
                found += range(row, min(row + 2**self.run_bits, self.count))
        return found


# ---- Files (SPEC 13) ----


def decode_lz4(stored: bytes, raw_len: int) -> bytes:
    """The content of an LZ4 block."""
    try:
        raw: bytes = lz4.block.decompress(stored, uncompressed_size=raw_len)
    except lz4.block.LZ4BlockError as error:
        raise Bad("section codec") from error
    check_that(len(raw) == raw_len, "section length")
    return raw


class SectionFile:
    """A file of sections: its header's fields, and its sections by (kind, table, column)."""

    def __init__(self, data: bytes, magic: bytes) -> None:
        """Reads the file and checks its header, directory and sections. Raises Bad."""
        self.data, self.sections = data, dict[tuple[int, int, int], bytes]()
        check_that(len(data) >= HEADER.size + TRAILER.size, "file length")
        found, major, _, self.day, self.store_id, self.hash_seed, *rest = HEADER.unpack_from(data)
        self.nonce, self.generation, self.created_ns, check = rest
        check_that(found == magic, "magic")
        check_that(check == hash64(data[:120], 0), "header checksum")
        check_that(major <= 1, "unsupported major")
        check_that(major == 1, "major version")
        for section in SECTION.iter_unpack(self._directory()):
            kind, table, column, codec, offset, stored_len, raw_len, check = section
            stored = data[offset : offset + stored_len]
            check_that(check == hash64(stored, self.nonce ^ offset), "section checksum")
            raw = self._decode(stored, raw_len, codec, offset)
            self.sections.setdefault((kind, table, column), raw)

    def _directory(self) -> bytes:
        """The bytes of the directory; each section in it is in its place."""
        trailer_at = len(self.data) - TRAILER.size
        length, at, count, directory_check, check, magic = TRAILER.unpack_from(self.data, trailer_at)
        check_that(magic == b"OATTHEND", "trailer magic")
        check_that(check == hash64(self.data[trailer_at : trailer_at + 48], self.nonce), "trailer checksum")
        check_that(length == len(self.data), "file length")
        check_that(count <= 4096, "section count")
        check_that(at >= 128 and at % 8 == 0 and at + SECTION.size * count == trailer_at, "directory offset")
        directory = self.data[at:trailer_at]
        check_that(directory_check == hash64(directory, self.nonce), "directory checksum")
        for *_, codec, offset, stored_len, raw_len, _check in SECTION.iter_unpack(directory):
            check_that(offset >= 128 and offset % 8 == 0 and offset + stored_len <= at, "section place")
            check_that(codec in (0, 1, 2), "section codec")
            if codec == 0:
                check_that(raw_len == stored_len, "section length")
            else:
                most = LZ4_MAX if codec == 1 else BLOCKS_MAX
                check_that(max(raw_len, stored_len) <= most, "section length")
                check_that(raw_len // 255 <= stored_len, "section length")
        return directory

    def _decode(self, stored: bytes, raw_len: int, codec: int, offset: int) -> bytes:
        """The content of a section that stands at an offset of the file."""
        if codec == 0:
            return stored
        return decode_lz4(stored, raw_len) if codec == 1 else self._blocks(stored, raw_len, offset)

    def _blocks(self, stored: bytes, raw_len: int, offset: int) -> bytes:
        """The content of a section in blocks."""
        count = up(raw_len, SECTION_BLOCK) // SECTION_BLOCK
        begin = head_len = 8 * count
        check_that(head_len <= len(stored), "section length")
        content = b""
        for number, (end, check) in enumerate(struct.iter_unpack("<II", stored[:head_len])):
            block = stored[begin : head_len + end]
            length = min(SECTION_BLOCK, raw_len - number * SECTION_BLOCK)
            check_that(head_len + end <= len(stored) and 0 < len(block) <= length, "block of a section")
            check_that(check == hash64(block, self.nonce ^ offset + begin) & 0xFFFFFFFF, "block of a section")
            content += block if len(block) == length else decode_lz4(block, length)
            begin = head_len + end
        return content

    def table(self, number: int) -> Table:
        """A table; without rows when it is not there."""
        return read_table(self.data, self.sections.get((TABLE, number, 0), b""), self.nonce)

    def texts(self, table: int, column: int) -> list[bytes]:
        """The texts of a column's codes 1, 2 .."""
        section = self.sections.get((TEXTS, table, column))
        return [] if section is None else read_texts(section)

    def attributes(self, table: int, column: int) -> list[tuple[bytes, bytes]]:
        """Keys and encoded values of a column's codes 1, 2 .."""
        section = self.sections.get((ATTRIBUTES, table, column))
        return [] if section is None else read_attribute_pairs(section)

    def numbers(self, table: int, column: int) -> list[int]:
        """The numbers of a NUMBERS section."""
        section = self.sections.get((NUMBERS, table, column), b"")
        check_that(len(section) % 8 == 0, "section length")
        return list(struct.unpack(f"<{len(section) // 8}Q", section))

    def may_have(self, table: int, ident: bytes) -> bool:
        """False: by the filter of the table, no row has the id."""
        words = self.sections.get((FILTER, table, 1), b"")
        hashed, count = hash64(ident, self.nonce), len(words) // 8
        at = ((hashed >> 32) * count >> 32) * 8
        word = int.from_bytes(words[at : at + 8], "little")
        return count == 0 or all(word >> (hashed >> 6 * i & 63) & 1 for i in range(5))

    def index(self, table: int, rows: int, column: int = 1) -> IdIndex:
        """The index of a table by its id."""
        return IdIndex(self.sections.get((INDEX, table, column), b""), rows, self.nonce)


# ---- The program ----


def describe(file: SectionFile) -> list[dict[str, Any]]:
    """What a file holds, as objects for people and for comparison."""
    out: list[dict[str, Any]] = [
        {
            "day": None if file.day == NO_DAY else file.day,
            "generation": file.generation,
            "store_id": file.store_id.hex(),
            "nonce": file.nonce,
            "created_ns": file.created_ns,
        }
    ]
    for (kind, table, column), raw in sorted(file.sections.items()):
        found: dict[str, Any] = {"kind": kind, "table": table, "column": column, "raw_len": len(raw)}
        if kind == TABLE:
            read = file.table(table)
            found |= {"rows": read.rows, "columns": {str(n): read.columns[n] for n in sorted(read.columns)}}
        elif kind == TEXTS:
            found["texts"] = [text.decode(errors="surrogateescape") for text in file.texts(table, column)]
        elif kind == ATTRIBUTES:
            pairs = file.attributes(table, column)
            found["attributes"] = [[key.decode(errors="replace"), value.hex()] for key, value in pairs]
        elif kind == NUMBERS:
            found["numbers"] = file.numbers(table, column)
        out.append(found)
    return out


def main() -> int:
    """Prints files; 1 when one is refused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", nargs="+", type=pathlib.Path)
    failed = 0
    for path in parser.parse_args().file:
        data = path.read_bytes()
        try:
            check_that(data[:8] in MAGICS, "magic")
            for line in describe(SectionFile(data, data[:8])):
                print(json.dumps(line))
        except Bad as error:
            print(f"{path}: {error}", file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
