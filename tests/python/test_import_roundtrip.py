"""Imports real trajectories and reads every payload back, byte for byte.

What is expected is cut out of the sources by tests/trajectory_cut.py; what is stored is read by
tests/spec_reader.py: neither shares code with the importer. The long files are left out unless
OAT_IMPORT_ALL is set.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import pathlib
from collections import Counter

import pytest
import spec_reader
import spec_spans
import trajectory_cut
from programs import DATA, OAT, run

ALL = bool(os.environ.get("OAT_IMPORT_ALL"))
LONG = 400_000

pytestmark = [
    pytest.mark.skipif(not (DATA / "trajectories").is_dir(), reason=f"no test data in {DATA}"),
    pytest.mark.skipif(not OAT.is_file(), reason=f"no {OAT}: build it first"),
]

FOLDERS = {
    "swe-agent": [*(f"swe-agent-gpt4/cost_2_{n}" for n in (1, 2, 3)), "swe-agent-demos"],
    "autocoderover": ["autocoderover-gpt4"],
    "openhands": ["openhands-claude-sonnet-4", "openhands-examples"],
    "tau-bench": ["tau-bench"],
    "tau2-bench": ["tau2-bench"],
    "inspect": ["inspect-ai-logs"],
    "atif": ["atif-harbor"],
    "aider": ["aider-chat-history/multi-models--gpt-4o--openrouter-anthropic-claude-3-opus"],
}

Key = tuple[str, str | None, str | None]


def sources(folders: list[str], scratch: pathlib.Path) -> list[pathlib.Path]:
    """Files and run folders, in name order; long ones only when asked for, else a beginning of the first."""
    found = [p for folder in folders for p in sorted((DATA / "trajectories" / folder).iterdir())]
    short = [p for p in found if p.is_dir() or p.stat().st_size <= LONG]
    return found if ALL else short or [beginning(found[0], scratch)]


def beginning(path: pathlib.Path, scratch: pathlib.Path) -> pathlib.Path:
    """A copy of a list that ends after a few elements."""
    text = path.read_text(encoding="utf-8")
    last = list(itertools.islice(trajectory_cut.cut_at(text, 0).elements(), 8))[-1]
    copy = scratch / path.name
    copy.write_text(text[: last.end] + "]", encoding="utf-8")
    return copy


def run_import(store: pathlib.Path, paths: list[pathlib.Path]) -> dict[str, int]:
    """Imports and returns the summary."""
    summary: dict[str, int] = json.loads(run(OAT, "--dir", store, "--json", "import", *paths))
    return summary


def digest(payload: bytes | None) -> str | None:
    """What is compared."""
    return None if payload is None else hashlib.sha256(payload).hexdigest()


def expected(paths: list[pathlib.Path]) -> dict[Key, int]:
    """Distinct conversations in several files are stored once, so a repeated file counts once."""
    keys: Counter[Key] = Counter()
    seen: set[str | None] = set()
    for path in paths:
        spans = trajectory_cut.spans_of(path)
        whole = digest(repr(spans).encode())
        if path.suffix == ".eval" and whole in seen:
            continue
        seen.add(whole)
        keys.update((kind, digest(a), digest(b)) for kind, a, b in spans)
    return dict(keys)


def stored(store: pathlib.Path) -> dict[Key, int]:
    """The same of what is in the store."""
    keys: Counter[Key] = Counter()
    for span in spec_reader.Store(store, spec_reader.this_host()).spans:
        payloads = [None if p is None else digest(p.data) for p in span.payloads[:2]]
        keys[(spec_spans.TYPES[span.slot[56] - 1], payloads[0], payloads[1])] += 1
    return dict(keys)


def stored_bytes(store: pathlib.Path) -> int:
    """Of all files with payloads."""
    return sum(p.stat().st_size for p in (store / "hot").glob("*.blobs"))


@pytest.mark.parametrize("name", FOLDERS)
def test_every_payload_reads_back_byte_for_byte(name: str, tmp_path: pathlib.Path) -> None:
    """Inputs and outputs are the source's own bytes, as many spans as the source has of each kind."""
    paths = sources(FOLDERS[name], tmp_path)
    store = tmp_path / "store"
    summary = run_import(store, paths)
    want, have = expected(paths), stored(store)
    assert sum(have.values()) == summary["spans"]
    assert sum(want.values()) == sum(have.values())
    assert want == have


def test_a_second_import_adds_nothing(tmp_path: pathlib.Path) -> None:
    """Ids come from content: 0 spans and less than 1 % bytes more."""
    paths = sources(FOLDERS["swe-agent"], tmp_path) + sources(FOLDERS["autocoderover"], tmp_path)
    first = run_import(tmp_path, paths)
    before = stored_bytes(tmp_path)
    second = run_import(tmp_path, paths)
    assert second["spans"] == 0
    assert second["present_spans"] == first["spans"] + first["present_spans"]
    assert stored_bytes(tmp_path) - before < before / 100


def test_everything_imports_or_says_what_it_is(tmp_path: pathlib.Path) -> None:
    """No file of the test data fails; what has no traces is named as such."""
    done = run_import(tmp_path, [DATA / "trajectories", DATA / "otlp"])
    assert done["failed_files"] == 0
    assert done["rejected_spans"] == 0
    assert done["dropped_spans"] == 0
    assert done["spans"] > 9000
