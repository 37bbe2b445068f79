"""A compacted store, read by a decoder made from SPEC.md alone, is what was appended.

The reference is a store that has the same pairs and is never compacted. Each step compares every field and
every payload byte with it, and with what `oat export` shows.
"""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import golden
import pytest
from programs import BUILD, DATA, OAT, ROOT, run
from spec_reader import GOLDEN_HOST, Store, this_host

GOLDEN = ROOT / "tests/golden/good/v1"
DAY_NS = 86_400_000_000_000
MIDNIGHT_NS = 1_795_392_000_000_000_000  # 2026-11-23T00:00:00Z

Line = dict[str, Any]


def dump(store: Store) -> list[Line]:
    """What is in a store, but for problems."""
    lines = [json.loads(line) for line in store.dump(True)]
    return [line for line in lines if line["kind"] != "problem"]


class Twins:
    """A store that is compacted, and one beside it that has all its pairs and is not."""

    def __init__(self, directory: pathlib.Path) -> None:
        """Takes an empty directory."""
        self.store, self.plain = directory / "store", directory / "plain"

    def append(self, make: Callable[[pathlib.Path], object]) -> None:
        """Lets a program write to the store; what it wrote is in both."""
        make(self.store)
        shutil.copytree(self.store / "hot", self.plain / "hot", dirs_exist_ok=True)
        shutil.copy(self.store / "STORE", self.plain / "STORE")

    def compact(self, *options: str) -> None:
        """Compacts the store; no pair stays."""
        run(BUILD / "oat-compact", *options, self.store)
        assert list((self.store / "hot").glob("*.spans")) == []

    def check(self) -> Store:
        """Both hold the same, to the byte, and so says `oat export`."""
        store = Store(self.store, this_host())
        assert store.problems == []
        found, expected = dump(store), dump(Store(self.plain, this_host()))
        assert len(found) == len(expected)
        for line, right in zip(found, expected):
            assert line == right
        assert golden.export_differences(str(OAT), self.store, found) == []
        traces, plain = (
            run(OAT, "--dir", path, "ls", "--json", "-n", 1000) for path in (self.store, self.plain)
        )
        assert traces == plain
        return store


# ---- What is appended ----


def attribute(key: str, value: object) -> Line:
    """An attribute of OTLP."""
    kinds = {bool: "boolValue", int: "intValue", float: "doubleValue", str: "stringValue"}
    return {"key": key, "value": {kinds[type(value)]: str(value) if type(value) is int else value}}


def otlp_span(trace: int, number: int, parent: int, start_ns: int) -> Line:
    """A span of OTLP: every third one a model call, every fifth one with an event and a link."""
    attributes = {"index": number, "ratio": number / 7, "odd": number % 2 == 1, "tenant": f"t{trace % 3}"}
    if number % 3 == 0:
        prompt = [
            {"role": "user", "parts": [{"type": "text", "content": "so far " * n}]} for n in range(number)
        ]
        attributes |= {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.usage.input_tokens": 1000 + number,
            "gen_ai.usage.output_tokens": number,
            "gen_ai.input.messages": json.dumps(prompt),
            "gen_ai.output.messages": json.dumps(prompt[-1:]),
        }
    out: Line = {
        "traceId": f"{trace:032x}",
        "spanId": f"{trace << 16 | number:016x}",
        "parentSpanId": f"{trace << 16 | parent:016x}" if parent else "",
        "name": f"step {number}" if number % 4 else f"étape {number}\u0000 {'long ' * 40}",
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": str(start_ns + 1_000_000 * number),
        "attributes": [attribute(key, value) for key, value in attributes.items()],
        "status": {"code": 2, "message": "it broke"} if number % 7 == 0 else {},
    }
    if number % 5 == 0:
        at = {"name": "retry", "timeUnixNano": str(start_ns + 1), "attributes": [attribute("try", 2)]}
        to = {"traceId": f"{trace + 1:032x}", "spanId": f"{number:016x}", "traceState": "a=b"}
        out |= {"events": [at], "links": [to | {"attributes": [attribute("why", "follows")]}]}
    return out


def otlp_file(path: pathlib.Path, spans: list[Line]) -> pathlib.Path:
    """A file of OTLP JSON."""
    resource = {"attributes": [attribute("service.name", "trip planner")]}
    whole = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {}, "spans": spans}]}]}
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


def import_spans(store: pathlib.Path, traces: range, numbers: range) -> None:
    """Imports these spans of these traces, which began an hour before midnight; 4 minutes lie between two."""
    spans = [
        otlp_span(trace, number, number // 2, MIDNIGHT_NS - 3_600_000_000_000 + number * 240_000_000_000)
        for trace in traces
        for number in numbers
    ]
    store.mkdir(exist_ok=True)
    run(OAT, "--dir", store, "import", otlp_file(store.parent / "spans.json", spans))


@pytest.fixture
def twins(tmp_path: pathlib.Path) -> Twins:
    """Two stores with traces over midnight."""
    twins = Twins(tmp_path)
    twins.append(lambda store: import_spans(store, range(1, 21), range(1, 25)))
    return twins


# ---- Claims ----


def test_a_compacted_store_is_what_was_appended(twins: Twins) -> None:
    twins.check()
    twins.compact()
    store = twins.check()
    assert len(store.parts) == 2
    assert len(store.spans) == 20 * 24
    assert store.pairs == []


def test_traces_that_go_on_after_a_compaction_are_put_together(twins: Twins) -> None:
    twins.compact()
    twins.append(lambda store: import_spans(store, range(5, 31), range(20, 40)))
    twins.check()
    twins.compact()
    assert any(part.continued for part in twins.check().parts)
    twins.compact("--full")
    store = twins.check()
    assert len(store.parts) == 2
    assert not any(trace.span_count == 0 for part in store.parts for trace in part.traces)


def test_removed_traces_stay_hidden(twins: Twins) -> None:
    twins.append(lambda store: run(OAT, "--dir", store, "rm", f"{3:032x}", "--reason", "private"))
    twins.compact()
    twins.append(lambda store: import_spans(store, range(3, 4), range(30, 33)))
    store = twins.check()
    assert [line["reason"] for line in store.others if line["kind"] == "tombstone"] == ["private"]
    twins.compact("--full")
    assert f"{3:032x}" not in {span.trace_id.hex() for span in twins.check().spans}


def test_summaries_say_what_their_spans_come_to(tmp_path: pathlib.Path) -> None:
    twins = Twins(tmp_path)
    twins.append(lambda store: import_spans(store, range(1, 61), range(1, 14)))
    twins.compact()
    (part,) = twins.check().parts
    assert len(part.span_rows) == 60 * 13
    for summaries in (part.summaries, part.agent_summaries):
        assert sum(row[6] for row in summaries) == 60 * 13
    assert run(OAT, "--dir", twins.store, "verify", "--json") == ""


def test_every_kind_of_payload_is_in_the_pack(tmp_path: pathlib.Path) -> None:
    run(BUILD / "tests/golden/make_fresh", tmp_path)
    twins = Twins(tmp_path)
    twins.append(lambda _: None)
    twins.compact()
    store = twins.check()
    assert sum(payload is not None for span in store.spans for payload in span.payloads) > 500


@pytest.mark.parametrize(("kind", "spans"), [([], 2), (["young"], 0)], ids=["announced", "young"])
def test_runs_that_never_ended_are_rows(kind: list[str], spans: int, tmp_path: pathlib.Path) -> None:
    twins = Twins(tmp_path)
    twins.store.mkdir()
    twins.append(lambda store: run(BUILD / "tests/cli/make_store", store, *kind))
    twins.compact()
    assert [span.status() for span in twins.check().spans].count("interrupted") == spans


@pytest.mark.parametrize("case", sorted(path.stem for path in GOLDEN.glob("*.json")))
def test_golden_stores_hold_the_same_once_compacted(case: str, tmp_path: pathlib.Path) -> None:
    store = shutil.copytree(GOLDEN / case, tmp_path / "store")
    before = Store(GOLDEN / case, GOLDEN_HOST)
    subprocess.run([BUILD / "oat-compact", "--adopt", store], check=False, capture_output=True)
    after = Store(store, GOLDEN_HOST)
    assert dump(after) == dump(before)
    assert {line["what"] for line in after.problems} <= {line["what"] for line in before.problems}
    unknown = {line["path"] for line in before.problems if line["problem"] == "skipped"}
    assert {pair.name for pair in after.pairs} == unknown


def test_consumed_pairs_are_not_read(twins: Twins) -> None:
    twins.compact()
    shutil.copytree(twins.plain / "hot", twins.store / "hot", dirs_exist_ok=True)
    store = twins.check()
    assert store.manifest.consumed != set()
    assert store.pairs == []


def test_files_that_are_not_those_of_manifest_are_refused(twins: Twins) -> None:
    twins.compact()
    parts = sorted((twins.store / "days").glob("*/*.part"))
    data = bytearray(parts[0].read_bytes())
    data[-1] ^= 1
    parts[0].write_bytes(data)
    parts[1].unlink()
    problems = Store(twins.store, this_host()).problems
    assert [line["what"] for line in problems] == ["trailer magic", "missing"]


def test_the_traces_of_many_parts_are_indexed(tmp_path: pathlib.Path) -> None:
    twins = Twins(tmp_path)
    twins.append(lambda store: import_spans(store, range(1, 10), range(1, 18 * 360, 360)))
    twins.compact()
    store = twins.check()
    assert len(store.parts) == 18
    path = twins.store / "TRACES"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()
    path.write_bytes(data)
    damaged = Store(twins.store, this_host())
    assert [line["path"] for line in damaged.problems] == ["TRACES"]
    assert (
        "TRACES"
        in subprocess.run([OAT, "--dir", twins.store, "verify"], capture_output=True, text=True).stdout
    )
    assert golden.export_differences(str(OAT), twins.store, dump(damaged)) == []


@pytest.mark.skipif(not (DATA / "trajectories").is_dir(), reason=f"no test data in {DATA}")
@pytest.mark.parametrize(
    "folder", ["atif-harbor", "swe-agent-demos", "openhands-examples", "inspect-ai-logs"]
)
def test_recorded_runs_are_the_same_once_compacted(folder: str, tmp_path: pathlib.Path) -> None:
    twins = Twins(tmp_path)
    files = sorted((DATA / "trajectories" / folder).iterdir())
    middle = (len(files) + 1) // 2
    twins.append(lambda store: run(OAT, "--dir", store, "import", *files[:middle]))
    twins.compact()
    twins.check()
    twins.append(lambda store: run(OAT, "--dir", store, "import", *files))
    twins.check()
    twins.compact("--full")
    assert twins.check().pairs == []
