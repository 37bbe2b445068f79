"""Reading a store from Python."""

from __future__ import annotations

import datetime
import pathlib
import time

import oat
import pytest
from conftest import Recorded


def make() -> None:
    for i in range(3):
        with oat.span(f"run {i}", "agent"), oat.span("call", "llm", model="gpt-4o-mini") as call:
            call.set_input({"n": i})
            call.set_usage(prompt_tokens=1000 * (i + 1))


def test_traces_are_listed_newest_first_and_paged(recorded: Recorded) -> None:
    make()
    with oat.open(recorded.data_dir) as store:
        assert [trace.name for trace in store.traces()] == ["run 2", "run 1", "run 0"]
        assert [trace.name for trace in store.traces(limit=1, offset=1)] == ["run 1"]
        assert [trace.name for trace in store.traces("cost > 0.0002", sort="cost")] == ["run 1", "run 2"]
        assert store.traces(status="error") == []
        hour = datetime.timedelta(hours=1)
        assert len(store.traces(since=hour)) == 3 and store.traces(until=time.time() - 3600) == []
        assert (store.traces()[0].llm_calls, store.traces()[0].prompt_tokens) == (1, 3000)


def test_spans_are_filtered_and_have_payloads_when_asked(recorded: Recorded) -> None:
    make()
    store = oat.open(recorded.data_dir)
    assert [span.inputs for span in store.spans("type = llm", payloads=True)] == [
        {"n": 2},
        {"n": 1},
        {"n": 0},
    ]
    assert store.spans("type = llm")[0].inputs is None
    assert store.spans(limit=1)[0].span_type == "llm"


def test_a_trace_is_found_by_the_beginning_of_its_id(recorded: Recorded) -> None:
    make()
    store = oat.open(recorded.data_dir)
    newest = store.traces()[0]
    found = store.trace(newest.trace_id[:12])
    assert found is not None and [span.name for span in found.spans] == ["run 2", "call"]
    assert store.trace("0123456789abcdef") is None


def test_queries_answer_rows(recorded: Recorded) -> None:
    make()
    store = oat.open(recorded.data_dir)
    rows = store.query(["count", "sum:prompt_tokens"], group_by=["span_type"], sort=["span_type"])
    assert rows == [
        {"span_type": "agent", "count": 3, "sum:prompt_tokens": None},
        {"span_type": "llm", "count": 3, "sum:prompt_tokens": 6000},
    ]
    assert store.query(filter="type = llm", having="count > 3", group_by=["model"]) == []


def test_each_question_is_about_what_is_there_by_then(recorded: Recorded) -> None:
    make()
    store = oat.open(recorded.data_dir)
    assert store.query() == [{"count": 6}]
    make()
    assert store.query() == [{"count": 12}]


def test_mistakes_are_explained(recorded: Recorded, tmp_path: pathlib.Path) -> None:
    make()
    store = oat.open(recorded.data_dir)
    with pytest.raises(ValueError, match="filter: column 8"):
        store.traces("type = = llm")
    with pytest.raises(ValueError, match="status"):
        store.traces(status="fine")
    with pytest.raises(ValueError, match="sort"):
        store.traces(sort="beauty")
    with pytest.raises(ValueError, match="column 1"):
        store.query(["median:cost"])
    with pytest.raises(FileNotFoundError):
        oat.open(tmp_path / "none")


def test_a_store_that_is_closed_says_so(recorded: Recorded) -> None:
    with oat.span("x"):
        pass
    with oat.open(recorded.data_dir) as store:
        pass
    for ask in (store.traces, store.spans, store.query, lambda: store.trace("ab" * 16)):
        with pytest.raises(ValueError, match="the store is closed"):
            ask()
