"""What the payloads of all trajectories take on disk, beside one LZ4 call over their unique messages.

The yardstick knows which messages repeat and compresses the rest in one piece: a store has to come
near it while every call is appended on its own and can be read alone.
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator

import lz4.block
import pytest
import spec_pairs
import trajectory_cut
from programs import DATA, OAT, run

TRAJECTORIES = DATA / "trajectories"
RATIO_MAX = 1.35

pytestmark = [
    pytest.mark.skipif(not TRAJECTORIES.is_dir(), reason=f"no test data in {DATA}"),
    pytest.mark.skipif(not OAT.is_file(), reason=f"no {OAT}: build it first"),
]


def sources() -> Iterator[pathlib.Path]:
    """Every trajectory file, and every folder that is one run, in name order."""
    for folder in sorted(p for p in TRAJECTORIES.iterdir() if p.is_dir()):
        runs = folder.name.startswith("autocoderover")
        yield from sorted(p for p in (folder.iterdir() if runs else folder.rglob("*")) if runs or p.is_file())


def unique_messages() -> bytes:
    """The distinct message elements, one behind the other, in the order of their first use in a call."""
    calls = (call for path in sources() for call in trajectory_cut.calls_of(path))
    return b"".join(dict.fromkeys(element for call in calls for element in call))


def refuse(*problem: str | int) -> None:
    """Nothing is wrong with a store just written."""
    raise AssertionError(problem)


def test_payloads_take_little_more_than_their_unique_messages(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At most 1.35 times what one LZ4 call makes of them."""
    summary = json.loads(run(OAT, "--dir", tmp_path, "--json", "import", TRAJECTORIES))
    assert summary["failed_files"] == summary["dropped_spans"] == 0
    pairs = [spec_pairs.Pair(path, refuse, lambda *_: "dead") for path in (tmp_path / "hot").glob("*.spans")]
    assert len({pair.writer for pair in pairs}) == 1
    assert all(pair.sealed for pair in pairs)

    stored = sum(pair.blob_bytes for pair in pairs)
    messages = unique_messages()
    yardstick = len(lz4.block.compress(messages, store_size=False))
    with capsys.disabled():
        print(
            f"\npayloads {summary['payload_bytes']:,} bytes, stored in {stored:,}; unique messages"
            f" {len(messages):,}, with LZ4 {yardstick:,}: {stored / yardstick:.3f} times"
        )
    assert len(messages) < summary["payload_bytes"]
    assert stored <= RATIO_MAX * yardstick
