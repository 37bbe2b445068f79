"""What a pack holds is what was given to the writer, decoded from SPEC.md alone."""

from __future__ import annotations

import pathlib
import random
import subprocess

import pytest
from programs import BUILD
from spec_blobs import Bad
from spec_pack import CHUNK, RECIPE, Pack

Numbers = dict[tuple[str, str], int]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A directory with a store and what was put into it."""
    directory = tmp_path_factory.mktemp("pack")
    subprocess.run([BUILD / "tests/golden/make_fresh", directory], check=True)
    return directory


@pytest.fixture(scope="module")
def numbers(fresh: pathlib.Path) -> Numbers:
    """Which payload of the pack each field of a span is; makes the pack."""
    program = BUILD / "tests/golden/make_pack"
    run = subprocess.run([program, fresh / "store"], check=True, capture_output=True, text=True)
    lines = [line.split() for line in run.stdout.splitlines()]
    return {(span, field): int(number) for span, field, number in lines}


@pytest.fixture(scope="module")
def data(fresh: pathlib.Path, numbers: Numbers) -> bytes:
    """The bytes of the pack."""
    assert numbers
    return (fresh / "store/test.pack").read_bytes()


@pytest.fixture(scope="module")
def pack(data: bytes) -> Pack:
    """The pack, read."""
    return Pack(data)


def test_every_payload_is_what_was_given(fresh: pathlib.Path, numbers: Numbers, pack: Pack) -> None:
    compared = 0
    for (span, field), number in numbers.items():
        expected = fresh / "expected" / f"{span}.{field}"
        if expected.is_file():
            assert pack.payload(number) == expected.read_bytes()
            compared += 1
    assert compared > 400


def test_payloads_are_of_every_kind(pack: Pack) -> None:
    kinds = {kind for kind, *_ in pack.payloads}
    assert {CHUNK, RECIPE} <= kinds
    assert all(pack.payload(number) is not None for number in range(len(pack.payloads)))


def test_every_chunk_is_found_by_its_id(pack: Pack) -> None:
    for number in range(len(pack.raw_len)):
        assert pack.find(pack.id_of(number)) == number
    assert pack.find(b"\0" * 16) is None


def read_all(data: bytes) -> list[bytes | None]:
    """Every payload of a pack."""
    pack = Pack(data)
    return [pack.payload(number) for number in range(len(pack.payloads))]


def test_flipped_bits_are_refused_or_change_nothing(data: bytes) -> None:
    expected = read_all(data)
    draw = random.Random(7)
    for _ in range(40):
        at = draw.randrange(len(data))
        flipped = bytearray(data)
        flipped[at] ^= 1 << draw.randrange(8)
        try:
            found = read_all(bytes(flipped))
        except Bad:
            continue
        assert found == expected
