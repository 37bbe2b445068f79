"""The text index of a pack rules out nothing that is there, by SPEC.md alone."""

from __future__ import annotations

import random
import subprocess

import pytest
from programs import BUILD
from spec_pack import Pack
from spec_text_index import TextIndex, grams


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """A pack of many kinds of payloads."""
    directory = tmp_path_factory.mktemp("text_index")
    for program in ("make_fresh", "make_pack"):
        argument = directory if program == "make_fresh" else directory / "store"
        subprocess.run([BUILD / "tests/golden" / program, argument], check=True, capture_output=True)
    return Pack((directory / "store/test.pack").read_bytes())


@pytest.fixture(scope="module")
def index(pack: Pack) -> TextIndex:
    """Its text index."""
    return TextIndex(pack.file, len(pack.groups), len(pack.raw_len))


def test_signatures_have_every_gram_of_their_group(pack: Pack, index: TextIndex) -> None:
    checked = 0
    for group in random.Random(3).sample(range(len(pack.groups)), 8):
        text = pack.group(group)
        for gram in set(grams(text)):
            assert index.may_have(group, gram), (group, gram)
            checked += 1
    assert checked > 10_000


def test_signatures_lack_most_other_grams(pack: Pack, index: TextIndex) -> None:
    draw = random.Random(4)
    asked = [bytes(draw.choices(range(256), k=6)) for _ in range(1000)]
    found = sum(index.may_have(group, gram) for gram in asked for group in range(len(pack.groups)))
    assert found < 0.6 * len(asked) * len(pack.groups)


def test_edges_are_the_ends_of_chunks(pack: Pack, index: TextIndex) -> None:
    assert len(index.edges) == len(pack.raw_len)
    for number in range(0, len(pack.raw_len), 37):
        chunk = pack.chunk(number)
        assert index.edges[number] == (chunk * 2 if len(chunk) == 1 else chunk)[:2] + (chunk * 2)[-2:]


def test_the_index_is_less_than_a_tenth(pack: Pack, index: TextIndex) -> None:
    assert index.size < 0.1 * sum(pack.raw_len)


@pytest.mark.parametrize(
    ("text", "some"),
    [
        (b"\xc3\x89cole", b"\xc3\xa9co"),
        (b"l'\\u00e9cole", b"l'\xc3\xa9c"),
        (b"a\\nbc", b"a\nb"),
        (b"a\\nbc", b"\\nb"),
        (b"\\\\nx", b"\nx"),
        (b"\\ud83d\\ude00!", b"\xf0\x9f\x98\x80"),
    ],
)
def test_grams_are_those_of_both_readings(text: bytes, some: bytes) -> None:
    found = set(grams(text + b"end"))
    assert all(some[i : i + 3] in found for i in range(len(some) - 2))
