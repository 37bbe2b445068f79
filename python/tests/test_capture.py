"""What is captured of arguments and results, and what never is."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import pathlib
import threading
import uuid
from typing import Any

import oat
import pytest
from conftest import Recorded


def captured(recorded: Recorded, value: Any) -> Any:
    with oat.span("capture") as span:
        span.set_output({"value": value})
    return recorded.spans()[-1].outputs["value"]


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int
    y: float


class Model:
    def model_dump(self, **options: Any) -> dict[str, int]:
        return {"a": 1}


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no")


class BrokenModel(Broken):
    def model_dump(self, **options: Any) -> Any:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        (float("nan"), None),
        (2**63 - 1, 2**63 - 1),
        (10**30, "1" + "0" * 30),
        ("Grüße \U0001f600", "Grüße \U0001f600"),
        ("\ud800", "\\ud800"),
        ((1, [2, {"a": (3,)}]), [1, [2, {"a": [3]}]]),
        ({1: "one", None: "none"}, {"1": "one", "None": "none"}),
        ({3}, [3]),
        (Colour.RED, "red"),
        (Point(1, 2.5), {"x": 1, "y": 2.5}),
        (Model(), {"a": 1}),
        (datetime.datetime(2026, 1, 2, 3, 4, 5), "2026-01-02T03:04:05"),
        (datetime.timedelta(seconds=90), 90.0),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (pathlib.Path("/a/b"), "/a/b"),
        (decimal.Decimal("1.10"), "1.10"),
        (ValueError("x"), "ValueError: x"),
        (b"\x00\xff", {"media_type": "application/octet-stream", "base64": "AP8="}),
        (bytearray(b"\x00"), {"media_type": "application/octet-stream", "base64": "AA=="}),
        (range(3), [0, 1, 2]),
        (int, "int"),
        (Broken(), "[left out: it has no text]"),
        (BrokenModel(), "[left out: it has no text]"),
    ],
)
def test_every_value_has_a_form(recorded: Recorded, value: Any, expected: Any) -> None:
    assert captured(recorded, value) == expected


def test_objects_are_the_same_text_in_every_process(recorded: Recorded) -> None:
    assert captured(recorded, threading.local()) == "<_thread._local object>"


def test_iterators_are_not_consumed(recorded: Recorded) -> None:
    numbers = iter([1, 2, 3])
    captured(recorded, numbers)
    assert list(numbers) == [1, 2, 3]


def test_text_is_text_and_bytes_are_bytes(recorded: Recorded) -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(40)
    with oat.span("raw") as span:
        span.set_input('{"not": "parsed"}')
        span.set_output(png)
    read = recorded.span("raw")
    assert read.inputs == '{"not": "parsed"}'
    assert read.outputs["media_type"] == "application/octet-stream"


def test_what_contains_itself_ends_somewhere(recorded: Recorded) -> None:
    loop: list[Any] = []
    loop.append(loop)
    text = str(captured(recorded, loop))
    assert "nested too deep" in text


def test_what_is_too_large_is_left_out_and_says_so(recorded: Recorded) -> None:
    assert captured(recorded, "x" * (65 << 20)) == "[left out: too large]"


@pytest.mark.parametrize(
    "name",
    [
        "api_key",
        "password",
        "token",
        "authorization",
        "openai_api_key",
        "Authorization",
        "access_token",
        "_secret",
    ],
)
def test_arguments_named_like_secrets_are_never_captured(recorded: Recorded, name: str) -> None:
    namespace: dict[str, Any] = {}
    exec(f"def call({name}, other): return other", namespace)
    traced = oat.trace(name="call")(namespace["call"])
    traced("hunter2", 1)
    traced(**{name: "hunter2"}, other=1)
    assert [span.inputs for span in recorded.spans()] == [{name: "[redacted]", "other": 1}] * 2


def test_secrets_within_data_are_not_captured_and_counts_of_tokens_are(recorded: Recorded) -> None:
    headers = {"Authorization": "Bearer x", "X-Api-Key": "y", "Accept": "*/*"}
    value = {"headers": headers, "max_tokens": 5, "token": "Hel", "next_page_token": "z"}
    assert captured(recorded, value) == {
        "headers": {"Authorization": "[redacted]", "X-Api-Key": "[redacted]", "Accept": "*/*"},
        "max_tokens": 5,
        "token": "Hel",
        "next_page_token": "z",
    }


def test_capture_can_be_turned_off(recorded: Recorded) -> None:
    oat.trace(name="quiet", capture_input=False, capture_output=False)(lambda x: x)("secret")
    read = recorded.span("quiet")
    assert (read.inputs, read.outputs) == (None, None)


def test_arguments_of_every_kind_have_their_names(recorded: Recorded) -> None:
    @oat.trace(name="kinds")
    def kinds(a: int, /, b: int, *rest: int, c: int = 0, **more: int) -> None: ...

    kinds(1, 2, 3, 4, c=5, d=6)
    kinds(1, b=2)
    assert [span.inputs for span in recorded.spans()] == [
        {"a": 1, "b": 2, "rest": [3, 4], "c": 5, "d": 6},
        {"a": 1, "b": 2},
    ]


def test_a_wrong_call_fails_as_it_does_without_tracing(recorded: Recorded) -> None:
    @oat.trace(name="wrong")
    def wrong(a: int) -> None: ...

    with pytest.raises(TypeError, match="takes 1 positional argument"):
        wrong(1, 2)  # type: ignore[call-arg]
    assert recorded.span("wrong").status == "error"


def test_what_code_that_is_called_to_capture_does_is_harmless(recorded: Recorded) -> None:
    class Traced:
        def __repr__(self) -> str:
            return str(oat.trace(name="repr")(lambda: "text")())

    class Ends:
        def __repr__(self) -> str:
            current.end()
            return "ended"

    with oat.span("outer") as outer:
        outer.set_output([Traced(), Traced()])
    assert recorded.span("outer").outputs == ["text", "text"]
    with oat.span("ends") as current:
        current.set_output([Ends()])
        current.metadata["x"] = Ends()
    assert recorded.span("ends").status == "success"


def test_metadata_keeps_its_types(recorded: Recorded) -> None:
    given = {"s": "x", "i": 1, "f": 1.5, "b": True, "n": None, "l": [1, "a"], "m": {"k": [2]}, "big": 10**30}
    with oat.span("typed") as span:
        span.metadata.update(given, password="hunter2", when=datetime.date(2026, 1, 2))
    expected = {**given, "big": "1" + "0" * 30, "when": "2026-01-02"}
    assert recorded.span("typed").metadata == expected
