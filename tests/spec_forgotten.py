"""Forgotten content and the markers in its place, by sections 12 and 20 of SPEC.md alone."""

from __future__ import annotations

import xxhash
from spec_blobs import Bad, put_varint, varint

PREFIX, MIN = b"[forgotten ", 3


class Forgotten:
    """What the catalog says is forgotten."""

    def __init__(self, contents: dict[bytes, bytes], hash_seed: int) -> None:
        """contents: redaction ids by content ids under the seed."""
        self.contents, self.hash_seed = contents, hash_seed

    def __bool__(self) -> bool:
        """Whether anything is forgotten."""
        return bool(self.contents)

    def shown(self, content: bytes) -> bytes:
        """The content, or the marker in its place."""
        if not self.contents or len(content) < MIN:
            return content
        redaction = self.contents.get(xxhash.xxh3_128_digest(content, seed=self.hash_seed))
        if redaction is None:
            return content
        if content[:1] in (b"{", b"[", b'"') and content[-1:] in (b"}", b"]", b'"'):
            return b'"' + marker(redaction, len(content) - 2) + b'"'
        return marker(redaction, len(content))

    def attributes(self, data: bytes) -> bytes:
        """Encoded attributes with markers for keys, strings and bytes; Bad when they are malformed."""
        if not self.contents:
            return data
        out, at = self._entries(data, 0, True, 1)
        if at != len(data):
            raise Bad("bytes behind the attributes")
        return out

    def value(self, data: bytes) -> bytes:
        """One encoded value likewise."""
        return self._value(data, 0, 1)[0] if self.contents else data

    def _text(self, data: bytes, at: int) -> tuple[bytes, int]:
        length, at = varint(data, at)
        if length > len(data) - at:
            raise Bad("attribute past the end")
        return put_varint(length) + self.shown(data[at : at + length]), at + length

    def _entries(self, data: bytes, at: int, keys: bool, depth: int) -> tuple[bytes, int]:
        count, at = varint(data, at)
        out = put_varint(count)
        for _ in range(count):
            if keys:
                key, at = self._text(data, at)
                out += key
            value, at = self._value(data, at, depth)
            out += value
        return out, at

    def _value(self, data: bytes, at: int, depth: int) -> tuple[bytes, int]:
        if depth > 64 or at >= len(data):
            raise Bad("attribute depth or past the end")
        kind, begin = data[at], at
        at += 1
        if kind in (1, 5):
            text, at = self._text(data, at)
            return bytes([kind]) + text, at
        if kind in (6, 7):
            entries, at = self._entries(data, at, kind == 7, depth + 1)
            return bytes([kind]) + entries, at
        if kind > 7:
            raise Bad("attribute type")
        at = varint(data, at)[1] if kind == 3 else at + {0: 0, 2: 1, 4: 8}[kind]
        return data[begin:at], at


def marker(redaction: bytes, length: int) -> bytes:
    """A marker of that many bytes."""
    room = length - len(PREFIX) - 1
    if room < 1:
        return b"#" * length
    return (PREFIX + redaction.hex()[:room].encode() + b"]").ljust(length)


NOTHING = Forgotten({}, 0)
