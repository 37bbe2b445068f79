"""OpenInference and OpenLLMetry of openai and anthropic, and the spans that anthropic writes by itself: calls
as they were recorded, seen as a user does.

Each case names its recording, and by hand what the call used and cost, in tokens and nano-dollars.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest
from daemon import Daemon
from programs import BUILD, DATA, ROOT

CASSETTES = DATA / "cassettes"
HTTPD = BUILD / "oat-httpd"
AGENT = ROOT / "tests" / "clients" / "replay_agent.py"
WAIT_S = 120.0

pytestmark = [
    pytest.mark.skipif(not HTTPD.is_file(), reason=f"no {HTTPD}: build it first"),
    pytest.mark.skipif(not CASSETTES.is_dir(), reason=f"no test data in {DATA}"),
]

# The names of their scopes begin so. The last is there without being asked for.
SCOPES = {
    "openinference": "openinference.instrumentation.",
    "openllmetry": "opentelemetry.instrumentation.",
    "anthropic": "com.anthropic.sdk.",
}
BOTH = ("openinference", "openllmetry")


@dataclass(frozen=True)
class Call:
    """What a call used and cost. cost: in nano-dollars; None when there is nothing to pay or no price."""

    prompt: int | None
    completion: int | None
    cost: int | None
    cached: int = 0
    written: int = 0
    reasoning: int = 0
    audio: int = 0


@dataclass(frozen=True)
class Case:
    """Calls of a recording. openllmetry: what it says otherwise than the provider did, call by call."""

    cassette: str
    model: str
    calls: tuple[Call, ...]
    said: tuple[str, str]  # something of the first input and of the first output
    index: int | None = None  # of the exchange, when it is only one of the recording
    provider: str = "openai"
    span_type: str = "llm"
    openllmetry: dict[int, Call] = field(default_factory=dict)

    def expected(self, instrumentation: str) -> list[Call]:
        other = self.openllmetry if instrumentation == "openllmetry" else {}
        return [other.get(i, call) for i, call in enumerate(self.calls)]


# Prices in nano-dollars a token, of data/prices.yaml: gpt-4o-mini 150 in, 600 out and so on.
CASES = {
    "chat": Case(
        "openai/otel-contrib__test_chat_completion_no_content.yaml",
        "gpt-4o-mini-2024-07-18",
        (Call(12, 5, 12 * 150 + 5 * 600),),
        ("Say this is a test", "This is a test."),
    ),
    "chat-tools": Case(
        "openai/openinference__test_instrumentor__test_tool_calling_llm_span_has_expected_attributes.yaml",
        "gpt-4o-2024-05-13",
        (Call(63, 15, 63 * 5000 + 15 * 15000),),
        ("What is the weather in Berlin", "get_current_weather"),
    ),
    "chat-stream": Case(
        "openai/otel-contrib__test_async_chat_completion_multiple_tools_streaming_no_content.yaml",
        "gpt-4o-mini-2024-07-18",
        (Call(75, 51, 75 * 150 + 51 * 600),),
        ("You're a helpful assistant.", "San Francisco, CA"),
    ),
    # Without stream_options OpenAI sends no usage.
    "chat-stream-without-usage": Case(
        "openai/openllmetry__test_functions__test_open_ai_function_calls_tools_streaming_parallel.yaml",
        "gpt-3.5-turbo-0125",
        (Call(None, None, None), Call(None, None, None)),
        ("San Francisco and Boston", "get_current_weather"),
    ),
    # Reasoning costs what other output does; flex costs half of 50 in and 400 out.
    "chat-flex": Case(
        "openai/langsmith__test_openai_test_wrap_openai_chat_async_tokens.yaml",
        "gpt-5-nano-2025-08-07",
        (Call(8, 368, 8 * 25 + 368 * 200, reasoning=320),),
        ("howdy", "Howdy! How can I help you today?"),
        index=4,
    ),
    "chat-audio": Case(
        "openai/logfire__test_openai__test_chat_completions_with_audio_input.yaml",
        "gpt-4o-audio-preview-2025-06-03",
        (Call(21, 1, 19 * 2500 + 2 * 40000 + 1 * 10000, audio=2),),
        ('Respond with just the word "hello".', "Hello"),
        openllmetry={0: Call(21, 1, 21 * 2500 + 1 * 10000)},
    ),
    "chat-error": Case(
        "openai/otel-contrib__test_async_chat_completion_404.yaml",
        "this-model-does-not-exist",
        (Call(None, None, None),),
        ("Say this is a test", ""),
    ),
    "responses": Case(
        "openai/otel-contrib__test_responses_create_reports_reasoning_tokens_content_mode0_.yaml",
        "gpt-5.4-2026-03-05",
        (Call(44, 288, 44 * 2500 + 288 * 15000, reasoning=9),),
        ("Write a bash script", "#!/usr/bin/env bash"),
    ),
    "responses-stream": Case(
        "openai/openllmetry__test_responses__test_responses_streaming_async_with_parent_span.yaml",
        "gpt-4o-2024-08-06",
        (Call(11, 8, 11 * 2500 + 8 * 10000), Call(11, 8, 11 * 2500 + 8 * 10000)),
        ("Count to 3", "1, 2, 3"),
    ),
    # The first call writes the cache, at 1.25 times the price, which OpenLLMetry does not report.
    "responses-cache": Case(
        "openai/pydantic-ai__test_openai_prompt_cache__test_openai_responses_prompt_cache_e2e.yaml",
        "gpt-5.6-sol",
        (
            Call(4020, 5, 8 * 5000 + 4012 * 6250 + 5 * 30000, written=4012),
            Call(4020, 5, 8 * 5000 + 4012 * 500 + 5 * 30000, cached=4012),
        ),
        ("Reference catalogue", "OK"),
        openllmetry={0: Call(4020, 5, 4020 * 5000 + 5 * 30000)},
    ),
    "embedding": Case(
        "openai/logfire__test_openai__test_embeddings_version_v1_only.yaml",
        "text-embedding-3-small",
        (Call(1, None, 1 * 20),),
        ("hello", ""),
        span_type="embedding",
    ),
    "messages-tools": Case(
        "anthropic/openllmetry__test_messages__test_anthropic_tools_legacy.yaml",
        "claude-3-5-sonnet-20240620",
        (Call(514, 152, 514 * 3000 + 152 * 15000),),
        ("What is the weather like right now in New York?", "get_time"),
        provider="anthropic",
    ),
    # 4 tokens of the input are not in the cache.
    "messages-cache": Case(
        "anthropic/openllmetry__test_prompt_caching__test_anthropic_prompt_caching_legacy.yaml",
        "claude-3-5-sonnet-20240620",
        (
            Call(1167, 187, 4 * 3000 + 1163 * 3750 + 187 * 15000, written=1163),
            Call(1167, 202, 4 * 3000 + 1163 * 300 + 202 * 15000, cached=1163),
        ),
        ("You help generate concise summaries", "Here are concise summaries"),
        provider="anthropic",
    ),
    # OpenLLMetry adds what a stream says of the output at its start to what it says at its end.
    "messages-cache-stream": Case(
        "anthropic/openllmetry__test_prompt_caching__test_anthropic_prompt_caching_stream_legacy.yaml",
        "claude-3-5-sonnet-20240620",
        (
            Call(1169, 201, 4 * 3000 + 1165 * 3750 + 201 * 15000, written=1165),
            Call(1169, 221, 4 * 3000 + 1165 * 300 + 221 * 15000, cached=1165),
        ),
        ("You help generate concise summaries", "Here are concise summaries"),
        provider="anthropic",
        openllmetry={
            0: Call(1169, 202, 4 * 3000 + 1165 * 3750 + 202 * 15000, written=1165),
            1: Call(1169, 222, 4 * 3000 + 1165 * 300 + 222 * 15000, cached=1165),
        },
    ),
    "messages-thinking-stream": Case(
        "anthropic/openllmetry__test_thinking__test_anthropic_thinking_streaming_legacy.yaml",
        "claude-3-7-sonnet-20250219",
        (Call(52, 216, 52 * 3000 + 216 * 15000),),
        ("How many times does the letter", "appears 3 times"),
        provider="anthropic",
        openllmetry={0: Call(52, 218, 52 * 3000 + 218 * 15000)},
    ),
    "messages-image": Case(
        "anthropic/openllmetry__test_messages__test_anthropic_image_with_history.yaml",
        "claude-3-5-haiku-20241022",
        (Call(29, 46, 29 * 800 + 46 * 4000), Call(1382, 80, 1382 * 800 + 80 * 4000)),
        ("Are you capable of describing an image?", "Yes, I am capable"),
        provider="anthropic",
    ),
    "messages-error": Case(
        "anthropic/langsmith__test_anthropic_test_chat_async_api.yaml",
        "claude-4-5-haiku",
        (Call(None, None, None),),
        ("foo", ""),
        index=12,
        provider="anthropic",
    ),
}


ALL = [(name, by) for by in SCOPES for name, case in CASES.items() if by in (*BOTH, case.provider)]
Traces = dict[str, Any]  # by the name of their case, as the daemon shows them


def run_agent(daemon: Daemon, *instrumentations: str) -> Traces:
    """Makes the calls of all cases; the traces that came of it."""
    chosen = [option for name in instrumentations for option in ("--with", name)]
    cassettes = [
        str(CASSETTES / case.cassette) + (f":{case.index}" if case.index is not None else "")
        for case in CASES.values()
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{daemon.port}"
    done = subprocess.run(
        [sys.executable, "-B", "-W", "ignore", AGENT, *chosen, *cassettes],
        env=environment,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )
    assert (done.returncode, done.stderr) == (0, "")
    ids = done.stdout.split()
    return {name: daemon.get(f"/traces/{id}?include_blobs=true") for name, id in zip(CASES, ids)}


@pytest.fixture(name="traces", scope="module")
def run_all(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Traces]:
    """By the instrumentation, or `both`."""
    folder = tmp_path_factory.mktemp("daemon")
    daemon = Daemon(HTTPD, folder / "store", folder / "log")
    try:
        alone = {name: run_agent(daemon, name) for name in BOTH}
        return {**alone, "anthropic": run_agent(daemon), "both": run_agent(daemon, *BOTH)}
    finally:
        daemon.stop()


def spans_of(trace: dict[str, Any], scope: str) -> list[dict[str, Any]]:
    """Those of one instrumentation, in the order of the calls."""
    found = [s for s in trace["spans"] if s["attributes"]["otel.scope.name"].startswith(scope)]
    return sorted(found, key=lambda span: int(span["start_time_unix_nano"]))


def nano(usage: dict[str, Any]) -> int | None:
    cost = usage["total_cost_nano_usd"]
    return None if cost is None else int(cost)


def sums_of(calls: Sequence[Call]) -> tuple[int, int, int]:
    return (
        sum(call.prompt or 0 for call in calls),
        sum(call.completion or 0 for call in calls),
        sum(call.cost or 0 for call in calls),
    )


@pytest.mark.parametrize(("name", "by"), ALL)
def test_a_recorded_call_is_shown_as_it_was(name: str, by: str, traces: dict[str, Traces]) -> None:
    """Type, model, provider, tokens, cost to the nano-dollar."""
    case = CASES[name]
    spans, expected = spans_of(traces[by][name], SCOPES[by]), case.expected(by)
    assert len(spans) == len(expected)
    for span, call in zip(spans, expected):
        usage = span["usage"]
        assert (span["span_type"], span["provider"]) == (case.span_type, case.provider)
        assert span["model"] == case.model
        assert (usage["prompt_tokens"], usage["completion_tokens"]) == (call.prompt, call.completion)
        parts = ("cached_tokens", "cache_write_tokens", "reasoning_tokens", "audio_input_tokens")
        assert [usage[part] or 0 for part in parts] == [call.cached, call.written, call.reasoning, call.audio]
        assert nano(usage) == call.cost
        assert usage["cost_source"] == (None if call.cost is None else "computed")
        assert span["status"] == ("error" if "error" in name else "success")


@pytest.mark.parametrize(("name", "by"), [pair for pair in ALL if pair[1] in BOTH])
def test_what_was_asked_and_answered_is_shown(name: str, by: str, traces: dict[str, Traces]) -> None:
    """As input and output of the first call; what failed says why."""
    case = CASES[name]
    first = spans_of(traces[by][name], SCOPES[by])[0]
    assert case.said[0] in json.dumps(first["inputs"], ensure_ascii=False).replace('\\"', '"')
    assert case.said[1] in json.dumps(first["outputs"] or "", ensure_ascii=False)
    assert "error" not in name or case.model in first["error"]


def test_where_a_model_is_called_is_not_what_it_was_asked(traces: dict[str, Traces]) -> None:
    """The spans of anthropic's own have no content, but an address."""
    for span in spans_of(traces["anthropic"]["messages-tools"], SCOPES["anthropic"]):
        assert (span["inputs"], span["outputs"]) == (None, None)
        assert span["attributes"]["url.full"].endswith("/v1/messages")


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("chat-stream")])
def test_the_first_token_of_a_stream_has_its_time(name: str, traces: dict[str, Traces]) -> None:
    """Of the events with which OpenLLMetry says so, one for each piece, only the first is kept."""
    for by in BOTH:
        for span in spans_of(traces[by][name], SCOPES[by]):
            assert 0 < span["ttft_ms"] <= span["duration_ms"]
            assert len(span["events"]) == 1


@pytest.mark.parametrize("by", ["openinference", "openllmetry", "anthropic", "both"])
@pytest.mark.parametrize("name", CASES)
def test_a_call_that_several_report_counts_once(name: str, by: str, traces: dict[str, Traces]) -> None:
    """In the sums of the trace, whichever span is the other's parent, if any."""
    case, trace = CASES[name], traces[by][name]
    spans = {other: spans_of(trace, scope) for other, scope in SCOPES.items()}
    assert sum(map(len, spans.values())) == len(trace["spans"]) - 1  # the agent's
    reports = [case.expected(other) for other, found in spans.items() if found]
    reported = {sums_of(calls) for calls in product(*zip(*reports))}  # of each call any one
    assert (trace["prompt_tokens"] or 0, trace["completion_tokens"] or 0, nano(trace) or 0) in reported
