"""Every byte of a store, as it lies on disk and as it is once decoded, by SPEC.md alone: for looking for what
should not be there."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

from spec_blobs import RECIPE, Bad, Blobs
from spec_pack import NOTHING, Pack
from spec_pairs import PAIR_HEADER
from spec_sections import SectionFile

MAGICS = (b"OATPART1", b"OATPACK1", b"OATCATL1", b"OATMANI1")


def entries(blobs: Blobs) -> Iterator[bytes]:
    """What each entry of a .blobs decodes to, also of those that nothing refers to."""
    offset = 256
    while offset < len(blobs.data):
        try:
            entry = blobs.entry(offset)
        except Bad:
            offset += 8
            continue
        yield blobs.raw(offset, entry.kind == RECIPE)
        offset += 8


def decoded(data: bytes) -> Iterator[bytes]:
    """What the blocks, dictionaries, indexes and payloads of a file decode to."""
    magic = data[:8]
    if magic == b"OATBLOBS":
        fields = PAIR_HEADER.unpack_from(data)
        yield from entries(Blobs(data, fields[7], fields[6]))
    if magic not in MAGICS:
        return
    file = SectionFile(data, magic)
    yield from file.sections.values()
    if magic == b"OATPACK1":
        pack = Pack(data)
        yield from (pack.group(number) for number in range(len(pack.groups)))
        payloads = (pack.payload(number) for number, row in enumerate(pack.payloads) if row[0] != NOTHING)
        yield from (payload for payload in payloads if payload is not None)


def everything(directory: pathlib.Path) -> Iterator[tuple[pathlib.Path, bytes]]:
    """Each file of a store: its bytes, then what they decode to."""
    for path in sorted(directory.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            yield path, data
            yield from ((path, raw) for raw in decoded(data))
