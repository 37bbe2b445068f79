"""The text index of a pack, by sections 13 and 19 of SPEC.md alone."""

from __future__ import annotations

import functools
import re
import struct
from collections.abc import Iterator

from casefold_table import fold
from spec_sections import SIGNATURES, SectionFile, check_that, up

CHUNK_GROUPS = 17
GRAM_LENGTHS = (3, 4, 6)
LONGEST = max(GRAM_LENGTHS)
MULTIPLIER = 0x9E3779B97F4A7C15
# What is well-formed in UTF-8, by the first bytes of its characters.
CHARACTER = re.compile(
    rb"[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}"
    rb"|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}"
    rb"|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
RUN = re.compile(b"(?:" + CHARACTER.pattern + b")+")
PAIR = re.compile(rb"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
UNIT = re.compile(rb"\\u([0-9a-fA-F]{4})")
LETTER = re.compile(rb'\\(["\\/bfnrt])')
LETTERS = dict(zip(b'"\\/bfnrt', '"\\/\b\f\n\r\t'))


@functools.cache
def folded(char: str) -> bytes:
    """A character, folded, in UTF-8."""
    return chr(fold(ord(char))).encode()


def read_escape(text: bytes, at: int) -> tuple[str, int] | None:
    """The character that the escape there stands for, and where it ends."""
    if pair := PAIR.match(text, at):
        high, low = int(pair[1], 16), int(pair[2], 16)
        return chr(0x10000 + (high - 0xD800 << 10) + low - 0xDC00), pair.end()
    if unit := UNIT.match(text, at):
        code = int(unit[1], 16)
        return None if 0xD800 <= code < 0xE000 else (chr(code), unit.end())
    if letter := LETTER.match(text, at):
        return LETTERS[letter[1][0]], letter.end()
    return None


def read(text: bytes, at: int) -> bytes:
    """What a reading with escapes becomes: as much of it as its first character's grams have."""
    out = b""
    enough = LONGEST
    while len(out) < enough:
        if (escape := read_escape(text, at)) is not None:
            char, at = escape
        elif not text.startswith(b"\\", at) and (match := CHARACTER.match(text, at)) is not None:
            char, at = match[0].decode(), match.end()
        else:
            break
        enough += len(folded(char)) - 1 if not out else 0
        out += folded(char)
    return out[:enough]


def grams(text: bytes) -> Iterator[bytes]:
    """All grams of some bytes, some of them several times."""
    runs = [b"".join(map(folded, run[0].decode())) for run in RUN.finditer(text)]
    for backslash in re.finditer(rb"\\", text):
        starts = range(max(0, backslash.start() - 4 * LONGEST), backslash.start() + 1)
        # An escape changes grams that begin with one of the characters before it.
        begins = [at for at in starts if CHARACTER.match(text, at)][-LONGEST:]
        runs += [read(text, at) for at in begins]
    for run in runs:
        for length in GRAM_LENGTHS:
            yield from (run[i : i + length] for i in range(len(run) - length + 1))


class TextIndex:
    """Which grams the groups of chunks may hold."""

    def __init__(self, file: SectionFile, groups: int, chunks: int) -> None:
        """Reads the index of a pack with so many groups and chunks. Raises Bad."""
        data = file.sections.get((SIGNATURES, CHUNK_GROUPS, 0), b"")
        check_that(len(data) >= 8, "index length")
        group_count, chunk_count = struct.unpack_from("<II", data)
        check_that(group_count == groups and chunk_count in (0, chunks), "index counts")
        edges_at = up(8 + 4 * groups, 8)
        bits_at = edges_at + up(4 * chunk_count, 8)
        check_that(len(data) >= bits_at, "index length")
        ends = [0, *(8 * end for end in struct.unpack_from(f"<{groups}I", data, 8))]
        check_that(ends == sorted(ends) and len(data) == bits_at + ends[-1], "index ends")
        self.size = len(data)
        self.signatures = [data[bits_at + a : bits_at + b] for a, b in zip(ends, ends[1:])]
        self.edges = [data[edges_at + 4 * i : edges_at + 4 * i + 4] for i in range(chunk_count)]

    def may_have(self, group: int, gram: bytes) -> bool:
        """False: no text of the group has this gram."""
        bits = self.signatures[group]
        value = int.from_bytes(gram, "big") + (len(gram) << 56)
        hashed = value * MULTIPLIER % 2**64
        return not bits or bits[(hashed >> 32) * len(bits) >> 32] >> (hashed >> 29 & 7) & 1 == 1
