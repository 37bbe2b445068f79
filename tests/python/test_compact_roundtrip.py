"""Compacts real traces in every order of steps, and reads all of them back as they were.

What is compared is what `oat export --payloads` prints: every span with its attributes, events, links,
scores and the bytes of its payloads.
"""

from __future__ import annotations

import json
import pathlib
import shutil
from typing import Any

import pytest
from programs import COMPACT, DATA, OAT, run

FIRST = ["otlp", "trajectories/swe-agent-demos"]
REST = ["trajectories/autocoderover-gpt4", "trajectories/atif-harbor", "otlp/jaeger"]

pytestmark = [
    pytest.mark.skipif(not (DATA / "otlp").is_dir(), reason=f"no test data in {DATA}"),
    pytest.mark.skipif(not COMPACT.is_file(), reason=f"no {COMPACT}: build it first"),
]

Spans = dict[tuple[str, str, str], dict[str, Any]]


def add(store: pathlib.Path, names: list[str]) -> None:
    """Imports folders of the test data."""
    run(OAT, "--dir", store, "import", *(DATA / name for name in names))


def export(store: pathlib.Path) -> Spans:
    """Everything that a reader sees."""
    spans: Spans = {}
    for line in run(OAT, "--dir", store, "export", "--format", "jsonl", "--payloads").splitlines():
        span = json.loads(line)
        key = (span["trace_id"], span["span_id"], span["start_time_unix_nano"])
        assert key not in spans, "a span is shown twice"
        spans[key] = span
    return spans


def totals(store: pathlib.Path) -> dict[str, Any]:
    """What the list says of each trace."""
    lines = run(OAT, "--dir", store, "--json", "ls", "--count", "10000").splitlines()
    return {trace["trace_id"]: trace for trace in map(json.loads, lines)}


def files(store: pathlib.Path, pattern: str) -> list[pathlib.Path]:
    """Files below the store."""
    return sorted(store.glob(pattern))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A store of pairs alone."""
    store = tmp_path_factory.mktemp("first")
    add(store, FIRST)
    return store


@pytest.fixture(scope="module")
def hot(first: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The same with the rest in further pairs."""
    store = tmp_path_factory.mktemp("hot") / "store"
    shutil.copytree(first, store)
    add(store, REST)
    return store


def append(store: pathlib.Path, first: pathlib.Path, hot: pathlib.Path) -> None:
    """Adds the pairs that `hot` has beside those of `first`: importing anew would make other event ids."""
    for path in files(hot, "hot/*"):
        if not (first / "hot" / path.name).exists():
            shutil.copy(path, store / "hot" / path.name)


@pytest.mark.parametrize(
    "steps",
    [
        "append compact",
        "append full",
        "compact append compact",
        "compact append full",
        "compact full append compact",
        "full append compact full",
        "full compact append full compact",
    ],
)
def test_every_order_of_steps_shows_the_same(
    first: pathlib.Path, hot: pathlib.Path, steps: str, tmp_path: pathlib.Path
) -> None:
    """After every step all spans and sums are those of a store that was never compacted."""
    store = tmp_path / "store"
    shutil.copytree(first, store)
    like = first
    for step in steps.split():
        if step == "append":
            append(store, first, hot)
            like = hot
        else:
            run(COMPACT, *(["--full"] if step == "full" else []), store)
            assert not files(store, "hot/*.spans")
        assert export(store) == export(like), step
        assert totals(store) == totals(like), step
    assert len(export(hot)) > len(export(first))
    run(OAT, "--dir", store, "verify", "--deep")


def test_full_leaves_one_part_a_day(hot: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """However often the day was added to."""
    store = tmp_path / "store"
    shutil.copytree(hot, store)
    run(COMPACT, store)
    add(store, ["otlp"])  # of what is there nothing is added
    run(COMPACT, "--full", store)
    assert len(files(store, "days/*/*.part")) == len(files(store, "days/*"))
    assert export(store) == export(hot)


def test_a_day_that_was_copied_away_comes_back(hot: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """Copied, removed by retention, mounted: everything is shown as before."""
    store, away = tmp_path / "store", tmp_path / "away"
    shutil.copytree(hot, store)
    run(COMPACT, "--full", store)
    want = export(store), totals(store)
    shutil.copytree(store / "days", away)
    size = sum(p.stat().st_size for p in files(store, "days/*/*"))
    run(COMPACT, "--max-bytes", str(size - 1), store)
    gone = [day for day in sorted(away.iterdir()) if not files(store, f"days/{day.name}/*.part")]
    assert len(gone) == 1
    left = export(store)
    assert 0 < len(left) < len(want[0])
    assert all(want[0][key] == span for key, span in left.items())
    run(COMPACT, "--mount", gone[0], store)
    assert (export(store), totals(store)) == want


def test_a_whole_store_moves_day_by_day(hot: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """All days go, and come back into the empty store."""
    store, away = tmp_path / "store", tmp_path / "away"
    shutil.copytree(hot, store)
    run(COMPACT, store)
    want = export(store), totals(store)
    shutil.copytree(store / "days", away)
    run(COMPACT, "--max-bytes", "1", store)
    assert export(store) == {}
    for day in sorted(away.iterdir()):
        run(COMPACT, "--mount", day, store)
    assert (export(store), totals(store)) == want
