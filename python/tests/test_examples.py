"""The examples, without a key: what they say and what is recorded of them."""

from __future__ import annotations

import collections
import os
import pathlib
import subprocess
import sys

import programs
from conftest import Recorded


def run(name: str, store: pathlib.Path) -> tuple[str, Recorded]:
    """What an example prints, and its store."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("OAT_", "OPENAI_"))
    }
    done = subprocess.run(
        [sys.executable, "-B", str(programs.ROOT / "examples" / name)],
        env={**environment, "OAT_DATA_DIR": str(store)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, Recorded(store)


def kinds(recorded: Recorded) -> collections.Counter[str]:
    return collections.Counter(span.span_type for span in recorded.spans())


def test_the_demo_agent(tmp_path: pathlib.Path) -> None:
    said, recorded = run("demo_agent.py", tmp_path / "store")
    assert said == "Take an umbrella: it rains in Oslo. A red square.\nThat I do not answer.\n"
    answered, stopped = recorded.traces()
    assert (answered.session_id, answered.user_id, answered.status) == ("demo", "ada", "success")
    expected = {"agent": 2, "guardrail": 2, "memory": 2, "chain": 2, "llm": 3, "tool": 1, "http": 2}
    assert kinds(recorded) == expected
    calls = [span for span in answered.spans if span.span_type == "llm"]
    costs = [int(call.raw["usage"]["total_cost_nano_usd"]) for call in calls]
    assert min(costs) > 0 and str(sum(costs)) == answered.raw["total_cost_nano_usd"]
    requests = [span.status for span in answered.spans if span.span_type == "http"]
    assert requests == ["error", "success"]
    guardrails = [span for span in recorded.spans() if span.span_type == "guardrail"]
    assert [span.metadata["guardrail.triggered"] for span in guardrails] == [False, True]
    assert "image_url" in str(calls[-1].inputs)
    assert [span.span_type for span in stopped.spans] == ["agent", "guardrail"]


def test_the_coding_agent(tmp_path: pathlib.Path) -> None:
    said, recorded = run("coding_agent.py", tmp_path / "store")
    assert said.endswith("The test passes now.\n")
    (trace,) = recorded.traces()
    tests = [span.outputs for span in trace.spans if span.name == "run_test"]
    assert len(tests) == 4 and tests[-1] == "passed" and "AssertionError" in tests[0]
    assert "ZeroDivisionError" in tests[1]
    assert [score["value"] for score in trace.scores if score["name"] == "test passes"] == [1.0]
    assert kinds(recorded) == {"agent": 1, "chain": 6, "llm": 6, "tool": 4, "file_io": 3}


def test_the_rag_agent(tmp_path: pathlib.Path) -> None:
    said, recorded = run("rag_agent.py", tmp_path / "store")
    assert "[loans]" in said
    trace = recorded.traces()[-1]
    assert recorded.span("retrieve").outputs[0] == "loans"
    order = ["agent", "chain", "embedding", "retrieval", "rerank", "llm"]
    assert [span.span_type for span in trace.spans] == order
    assert [score["value"] for score in trace.scores] == [1.0]


def test_the_multi_agent(tmp_path: pathlib.Path) -> None:
    said, recorded = run("multi_agent.py", tmp_path / "store")
    assert "1889" in said
    (trace,) = recorded.traces()
    by_id = {span.span_id: span for span in trace.spans}
    researchers = [span for span in trace.spans if span.name == "researcher"]
    assert {by_id[span.parent_span_id or ""].name for span in researchers} == {"to researchers"}
    assert kinds(recorded) == {"agent": 6, "handoff": 2, "llm": 5}
