"""What the writer has just written is what a reader made from SPEC.md alone reads."""

from __future__ import annotations

import os
import pathlib
import subprocess

import pytest
from programs import BUILD
from spec_reader import Store, this_host
from spec_spans import Span

PAYLOADS = {"input": 0, "output": 1, "error": 3}


@pytest.fixture(scope="module", params=["always", "never"], ids=["mapped", "pwrite"])
def fresh(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A directory with a store, in either storage mode, and what was put into it."""
    directory = tmp_path_factory.mktemp("fresh")
    program = BUILD / "tests/golden/make_fresh"
    subprocess.run([program, directory], check=True, env={**os.environ, "OAT_STORAGE_MAP": request.param})
    return directory


@pytest.fixture(scope="module")
def store(fresh: pathlib.Path) -> Store:
    """That store, read."""
    return Store(fresh / "store", this_host())


def spans_by_id(store: Store) -> dict[str, Span]:
    """The spans by the name of their expected files."""
    return {span.span_id.hex(): span for span in store.spans}


def test_nothing_is_wrong_with_the_files(store: Store) -> None:
    assert store.problems == []


def test_exactly_the_spans_that_ended_are_there(fresh: pathlib.Path, store: Store) -> None:
    expected = {path.stem for path in (fresh / "expected").glob("*.fields")}
    assert len(expected) >= 400
    assert spans_by_id(store).keys() == expected


def test_every_field_is_as_it_was_set(fresh: pathlib.Path, store: Store) -> None:
    for span_id, span in spans_by_id(store).items():
        found = {k: v for k, v in span.json(False).items() if v is not None}
        for name, value in dict(span.attributes or []).items():
            found[f"attribute {name}"] = value
        lines = (fresh / "expected" / f"{span_id}.fields").read_text().splitlines()
        for name, value in (line.split("\t", 1) for line in lines):
            assert str(found.pop(name, None)) == value, (span_id, name)
        numbers = ("_tokens", "_cost_nano", "_us", "attribute ")
        assert [name for name in found if name.endswith(numbers) or name.startswith(numbers)] == []


def test_every_payload_byte_is_there(fresh: pathlib.Path, store: Store) -> None:
    for span_id, span in spans_by_id(store).items():
        for name, at in PAYLOADS.items():
            path = fresh / "expected" / f"{span_id}.{name}"
            payload = span.payloads[at]
            if path.exists():
                assert payload is not None, (span_id, name)
                assert payload.data == path.read_bytes(), (span_id, name)
            else:
                assert payload is None, (span_id, name)


def test_every_span_lies_within_its_parent(store: Store) -> None:
    spans = spans_by_id(store)
    for span in store.spans:
        if any(span.parent_id):
            parent = spans[span.parent_id.hex()]
            assert parent.start <= span.start
            assert span.start + span.duration <= parent.start + parent.duration
