"""What is forgotten is masked at once, and is in no byte of any file after the compaction that follows.

Every file is read by a decoder made from SPEC.md alone: its bytes, and what each of its blocks, dictionaries,
sections, chunks, recipes and payloads decodes to, also of those that nothing refers to.
"""

from __future__ import annotations

import contextlib
import json
import pathlib
import shutil
import signal
import struct
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import xxhash
from programs import COMPACT, OAT, run
from spec_bytes import everything
from spec_reader import Store, this_host

DAY_NS = 86_400_000_000_000
START_NS = 1_795_348_800_000_000_000  # 2026-11-22T12:00:00Z
SECRET = "Zoë-7f3Q-tangerine"
FILLER = "The quick brown fox jumps over the lazy dog; pack my box with five dozen jugs. "

pytestmark = pytest.mark.skipif(not COMPACT.is_file(), reason=f"no {COMPACT}: build it first")

Json = dict[str, Any]

# ---- Stores ----


def attribute(key: str, value: Any) -> Json:
    """An OTLP attribute."""
    kind = {str: "stringValue", int: "intValue"}.get(type(value))
    if kind:
        return {"key": key, "value": {kind: value}}
    values = [{"stringValue": item} for item in value]
    return {"key": key, "value": {"arrayValue": {"values": values}}}


def span(number: int, trace: int, name: str, attributes: list[Json], **more: Any) -> Json:
    """An OTLP span on day `trace` mod 3."""
    start = START_NS + trace % 3 * DAY_NS + number * 1_000_000
    return {
        "traceId": f"{trace + 1:032x}",
        "spanId": f"{trace * 1000 + number + 1:016x}",
        "name": name,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + 500_000),
        "attributes": attributes,
        **more,
    }


def conversation(trace: int, turns: int) -> Iterator[Json]:
    """Calls that each send all messages again; the secret is in one of them, and across its seams."""
    messages = [{"role": "system", "content": FILLER * 20}]
    for turn in range(turns):
        text = f"turn {turn} of {trace}: {FILLER * 8}"
        if turn == 1:
            text = f"my key is {SECRET}, keep it"  # the same message in every trace
        if turn == 2:
            text = "".join(f"{SECRET} {i} {FILLER}" for i in range(600))  # is cut by content
        messages = [*messages, {"role": "user", "content": text}]
        body = {"model": "m", "messages": messages, "user": f"end {trace} of it"}
        attributes = [
            attribute("openinference.span.kind", "LLM"),
            attribute("input.value", json.dumps(body, ensure_ascii=turn % 2 == 0)),
            attribute("input.mime_type", "application/json"),
            attribute("output.value", f"answer {turn}"),
        ]
        yield span(turn, trace, f"call {turn}", attributes)
        messages = [*messages, {"role": "assistant", "content": f"answer {turn}"}]


def named_everywhere(trace: int) -> Iterator[Json]:
    """Spans that have the secret in names, attributes, events, links and errors."""
    deep = [attribute("app.note", f"about {SECRET.upper()} again"), attribute("app.list", ["a", SECRET])]
    yield span(100, trace, f"look up {SECRET}", deep)
    yield span(101, trace, "keyed", [attribute(f"app.{SECRET}.count", 3), attribute("kept", "kept value")])
    yield span(102, trace, "who", [attribute("session.id", f"s {SECRET}"), attribute("user.id", SECRET)])
    event = {"timeUnixNano": str(START_NS), "name": f"saw {SECRET}", "attributes": [attribute("e", SECRET)]}
    link = {
        "traceId": "f" * 32,
        "spanId": "e" * 16,
        "traceState": "k=v",
        "attributes": [attribute("l", SECRET)],
    }
    yield span(103, trace, "marked", [], events=[event], links=[link])
    failed = {"code": 2, "message": f"no such user {SECRET}"}
    yield span(104, trace, "failed", [attribute("tool.output", f"x{SECRET}x" * 40)], status=failed)
    yield span(105, trace, "clean", [attribute("app.note", "nothing to see")])


def otlp(path: pathlib.Path, spans: list[Json]) -> pathlib.Path:
    """Writes an OTLP file."""
    scopes = [{"scope": {"name": "test"}, "spans": spans}]
    path.write_text(json.dumps({"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": scopes}]}))
    return path


def forget(store: pathlib.Path, *arguments: str, code: int = 0) -> Json:
    """Runs oat forget; what it says."""
    found: Json = json.loads(run(OAT, "--dir", store, "--json", "forget", *arguments, code=code))
    return found


def append(store: pathlib.Path, traces: range) -> None:
    """Imports a conversation and the named spans of each trace."""
    for trace in traces:
        spans = [*conversation(trace, 6), *named_everywhere(trace)]
        run(OAT, "--dir", store, "import", otlp(store.with_suffix(f".{trace}.json"), spans))


@pytest.fixture
def store(tmp_path: pathlib.Path) -> pathlib.Path:
    """Parts of three days, two parts of each, and pairs; all of them quote the secret."""
    store = tmp_path / "store"
    append(store, range(3))
    run(COMPACT, store)
    append(store, range(3, 6))
    run(COMPACT, store)
    append(store, range(6, 9))
    return store


@contextlib.contextmanager
def stopped_writer(store: pathlib.Path, directory: pathlib.Path) -> Iterator[None]:
    """A process that is stopped while it writes what quotes the secret; at the end it is killed."""
    paths = []
    for trace in range(30, 630):
        paths.append(str(otlp(directory / f"alive.{trace}.json", [*named_everywhere(trace)])))
    command = [str(OAT), "--dir", str(store), "import", *paths]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as writer:
        try:
            # The name of its second span: the first one is there.
            while not any(b"keyed" in path.read_bytes() for path in (store / "hot").glob("[!.]*.spans")):
                assert writer.poll() is None
            writer.send_signal(signal.SIGSTOP)
            assert writer.poll() is None
            yield
        finally:
            writer.kill()


# ---- Looking ----


def spellings() -> list[bytes]:
    """How the secret may stand in lower-case bytes."""
    escaped = json.dumps(SECRET)[1:-1]
    return [text.lower().encode() for text in (SECRET, escaped, "7f3Q-tangerine", "tangerine")]


def files_with_secret(store: pathlib.Path) -> list[str]:
    """Files that hold it in any form."""
    wanted = spellings()
    found = {path for path, data in everything(store) if any(text in data.lower() for text in wanted)}
    return sorted(str(path.relative_to(store)) for path in found)


def export(store: pathlib.Path) -> dict[str, Json]:
    """What a reader sees, by span."""
    text = run(OAT, "--dir", store, "export", "--format", "jsonl", "--payloads")
    return {line["trace_id"] + line["span_id"]: line for line in map(json.loads, text.splitlines())}


def output_info(store: pathlib.Path, trace_id: str, name: str) -> Json:
    """What oat show says of the output of a trace's span."""
    shown = json.loads(run(OAT, "--dir", store, "--json", "show", "--payloads", trace_id))
    found: Json = next(span["output_info"] for span in shown["spans"] if span["name"] == name)
    return found


def is_seen(store: pathlib.Path) -> bool:
    """Whether any reader still shows it, the independent one included."""
    shown = json.dumps(export(store), ensure_ascii=False).lower()
    dump = "\n".join(Store(store, this_host()).dump(False)).lower()
    hits = run(OAT, "--dir", store, "grep", SECRET)
    return "tangerine" in shown or "tangerine" in dump or "no hits" not in hits


# ---- Tests ----


def test_the_store_of_these_tests_quotes_it_everywhere(store: pathlib.Path) -> None:
    """Else the others would prove nothing."""
    found = files_with_secret(store)
    parts = [path for path in found if path.startswith("days/")]
    assert len([path for path in parts if path.endswith(".part")]) == 6
    assert len([path for path in parts if path.endswith(".pack")]) == 6
    assert any(path.endswith(".blobs") for path in found)
    assert any(path.endswith(".spans") for path in found)


def test_nothing_of_it_is_in_any_byte(store: pathlib.Path) -> None:
    """Neither in raw nor in decoded bytes, of no file."""
    said = forget(store, "--match", SECRET, "--reason", f"asked for by {SECRET}")
    assert said["done"] and said["contents"] > 0 and said["held"] == []
    assert files_with_secret(store) == []
    assert not is_seen(store)
    assert run(OAT, "--dir", store, "verify")
    redaction = said["redaction_id"]
    assert any(f"[forgotten {redaction}]".encode() in data for _, data in everything(store))


def test_the_rest_stays_what_it_was(store: pathlib.Path) -> None:
    """Spans, lengths and all that does not quote it."""
    before = export(store)
    forget(store, "--match", SECRET)
    after = export(store)
    assert after.keys() == before.keys()
    for key, old in before.items():
        new = after[key]
        assert new["start_time_unix_nano"] == old["start_time_unix_nano"]
        if "tangerine" not in json.dumps(old).lower():
            assert new == old
    clean = [line for line in after.values() if line["name"] == "clean"]
    assert len(clean) == 9 and all(line["attributes"]["app.note"] == "nothing to see" for line in clean)
    keyed = [line for line in after.values() if line["name"] == "keyed"]
    assert len(keyed) == 9 and all(line["attributes"]["kept"] == "kept value" for line in keyed)


def test_a_conversation_keeps_its_other_messages(store: pathlib.Path) -> None:
    """A message becomes a JSON string of the marker; the payload is flagged."""
    said = forget(store, "--match", SECRET)
    call = next(line for line in export(store).values() if line["name"] == "call 1")
    messages = call["inputs"]["messages"]
    assert messages[0] == {"role": "system", "content": FILLER * 20}
    assert messages[3].rstrip() == f"[forgotten {said['redaction_id']}]"
    assert call["input_info"]["forgotten"] and call["input_info"]["redacted"]
    first = next(line for line in export(store).values() if line["name"] == "call 0")
    assert "forgotten" not in first["input_info"]


def test_it_can_be_asked_for_again(store: pathlib.Path) -> None:
    """A second time nothing is found, and nothing changes."""
    forget(store, "--match", SECRET)
    before = export(store)
    said = forget(store, "--match", SECRET)
    assert said["contents"] == 0 and said["done"]
    assert export(store) == before


def test_a_dry_run_changes_nothing(store: pathlib.Path) -> None:
    """It only counts."""
    before = {path: data for path, data in everything(store) if path.name != "LOCK"}
    said = forget(store, "--dry-run", "--match", SECRET)
    assert said["contents"] > 0 and said["payloads"] > 0 and said["texts"] > 0 and not said["done"]
    assert {path: data for path, data in everything(store) if path.name != "LOCK"} == before


def test_the_same_content_is_masked_when_it_comes_later(store: pathlib.Path) -> None:
    """In pairs at once, and it never gets into a part."""
    forget(store, "--match", SECRET)
    spans = [*conversation(20, 2), *named_everywhere(20)]
    run(OAT, "--dir", store, "import", otlp(store.with_suffix(".later.json"), spans))
    late = [line for key, line in export(store).items() if int(key[:32], 16) == 21]
    assert len(late) == 8 and "tangerine" not in json.dumps(late).lower()
    assert late[1]["input_info"]["forgotten"]
    run(COMPACT, store)
    assert files_with_secret(store) == []


def test_a_mounted_day_comes_back_without_it(store: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """What was copied away before is masked and erased when it is taken in."""
    run(COMPACT, "--full", store)
    day = next((store / "days").iterdir())
    shutil.copytree(day, tmp_path / "away")
    forget(store, "--match", SECRET)
    before = export(store)
    run(COMPACT, "--mount", tmp_path / "away", store)
    assert export(store) == before
    assert files_with_secret(store) == []


def test_a_payload_is_forgotten_by_its_id(store: pathlib.Path) -> None:
    """By the content id under the seed of the store, and nothing else goes."""
    seed = struct.unpack_from("<Q", (store / "STORE").read_bytes(), 32)[0]
    ident = xxhash.xxh3_128_hexdigest(b"answer 3", seed=seed)
    trace = next(key for key, line in export(store).items() if line["name"] == "call 3")[:32]
    assert output_info(store, trace, "call 3")["content_id"] == ident
    said = forget(store, "--payload", ident)
    assert said["contents"] == 1 and said["done"]
    shown = [line for line in export(store).values() if line["name"] == "call 3"]
    assert len(shown) == 9 and all(line["outputs"] != "answer 3" for line in shown)
    assert all(line["output_info"]["forgotten"] for line in shown)
    assert "content_id" not in output_info(store, trace, "call 3")
    others = [line for line in export(store).values() if line["name"] == "call 4"]
    assert all(line["outputs"] == "answer 4" for line in others)


def test_a_living_writer_is_named_until_it_lets_go(store: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """Masked at once; exit 1 with its file, and done when it has ended."""
    run(COMPACT, store)
    with stopped_writer(store, tmp_path):
        said = forget(store, "--match", SECRET, code=1)
        assert not said["done"] and len(said["held"]) == 1
        assert not is_seen(store)
        tail = run(OAT, "--dir", store, "--json", "tail", "--all", "--count", "1")
        assert json.loads(tail)["name"].startswith("[forgotten ")
        held = files_with_secret(store)
        assert held and all(path.startswith("hot/") for path in held)
        assert forget(store, code=1)["held"] == said["held"]
    assert forget(store)["done"]
    assert files_with_secret(store) == []
    assert not is_seen(store)


@pytest.mark.parametrize("arguments", [["--match", "ab"], ["--payload", "abc"], ["--match", SECRET, "x"]])
def test_wrong_usage_says_so(store: pathlib.Path, arguments: list[str]) -> None:
    """Exit code 2, and nothing is done."""
    run(OAT, "--dir", store, "forget", *arguments, code=2)
    assert is_seen(store)
