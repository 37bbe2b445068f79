"""Files of sections as format/ writes them are what a decoder made from SPEC.md alone reads."""

from __future__ import annotations

import random
import re
import struct
import subprocess

import pytest
from programs import BUILD, ROOT
from spec_blobs import Bad, spread
from spec_sections import INDEX, SectionFile, describe, read_block

SPANS, SPAN_ATTRIBUTES = 1, 6


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of make_sections, by the first word of their name."""
    directory = tmp_path_factory.mktemp("sections")
    subprocess.run([BUILD / "tests/golden/make_sections", directory], check=True)
    return {path.stem: path.read_bytes() for path in directory.iterdir()}


@pytest.fixture(scope="module")
def large(files: dict[str, bytes]) -> SectionFile:
    """A file whose table has more than one group."""
    return SectionFile(files["large"], b"OATPART1")


def expected(rows: int) -> dict[int, list[int]]:
    """The columns that make_sections writes, but for the one of zeros."""
    every = range(rows)
    return {
        1: [spread(r) for r in every],
        4: [1795350896000000000 + r * 1000 for r in every],
        9: [r % 5 for r in every],
        16: [1 + (spread(r) >> 30) if r % 3 == 0 else 0 for r in every],
        20: [2**63 + r if r % 1000 == 999 else r % 7 for r in every],
        40: [12345 for _ in every],
        50: [1 + spread(r) % 7 if r % 3 == 0 else 0 for r in every],
        63: [spread(1 + r // 50) >> 40 for r in every],
    }


@pytest.mark.parametrize(("name", "rows"), [("large", 20_000), ("small", 40)])
def test_columns_are_what_was_written(files: dict[str, bytes], name: str, rows: int) -> None:
    table = SectionFile(files[name], b"OATPART1").table(SPANS)
    assert table.rows == rows
    assert table.columns == expected(rows)
    assert table.column(33) == [0] * rows


def test_every_id_is_found_by_the_index_and_few_others(large: SectionFile) -> None:
    ids = large.table(SPANS).column(1)
    index = large.index(SPANS, len(ids))
    assert all(row in index.find(struct.pack("<Q", ident)) for row, ident in enumerate(ids))
    others = [index.find(struct.pack("<Q", ident ^ 1)) for ident in ids[:2000]]
    assert sum(map(len, others)) < 1000


def test_dictionaries_are_what_was_written(large: SectionFile) -> None:
    assert large.texts(SPANS, 16) == [b"text %d" % i for i in range(200)] + [b""]
    pairs = [(b"user", b"\x01\x03pro"), (b"n", b"\x03\x0a"), (b"user", b"\x06\x01\x02\x01")]
    assert large.attributes(SPAN_ATTRIBUTES, 1) == pairs
    assert large.numbers(SPANS, 10) == [1, 2**64 - 1]
    assert large.day == 20_000
    assert large.generation == 7


def read_whole(data: bytes) -> list[object]:
    """All that is in a file; an index as its bytes."""
    file = SectionFile(data, b"OATPART1")
    return [*describe(file), *(raw for (kind, *_), raw in file.sections.items() if kind == INDEX)]


def test_flipped_bits_are_refused_or_change_nothing(files: dict[str, bytes]) -> None:
    data = files["small"]
    right = read_whole(data)
    refused = 0
    for at in random.Random(1).sample(range(len(data) * 8), 400):
        changed = bytearray(data)
        changed[at // 8] ^= 1 << at % 8
        try:
            assert read_whole(bytes(changed)) == right
        except Bad:
            refused += 1
    assert refused > 390


def test_cut_files_are_refused(files: dict[str, bytes]) -> None:
    for cut in range(0, len(files["small"]), 13):
        with pytest.raises(Bad):
            SectionFile(files["small"][:cut], b"OATPART1")


def dump_of(chapter: str) -> bytes:
    """The bytes of the dump in a chapter of SPEC.md."""
    text = (ROOT / "SPEC.md").read_text(encoding="utf-8")
    dump = re.split(r"^## \d+ ", text.split(f" {chapter}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    data = b""
    for line in dump.split("```")[1].strip("\n").split("\n"):
        offset, rest = int(line[:6]), line[8:]
        zeros = re.match(r"\(zeros to (\d+)\)", rest)
        assert offset == len(data), line
        data += bytes(int(zeros[1]) + 1 - offset) if zeros else bytes.fromhex(rest[:48])
    return data


def test_the_block_of_the_specification_is_one() -> None:
    rows = [1000 + i % 8 for i in range(20)]
    rows[5] = 10**12
    assert read_block(dump_of("Blocks"), 20, 0x0123456789ABCDEF, {}) == rows


def test_the_manifest_of_the_specification_is_one() -> None:
    file = SectionFile(dump_of("Files of sections"), b"OATMANI1")
    assert len(file.data) == 408
    assert file.generation == 8
    assert file.table(49).columns == {1: [7], 2: [992], 3: [0xC0FFEE00C0FFEE00]}
