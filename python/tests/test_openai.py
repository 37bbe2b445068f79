"""`patch_openai` with the real package, over recordings."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import oat
import openai
import pytest
from conftest import Recorded
from oat.integrations import patch_openai, unpatch_openai
from oat.models import Span
from replay_server import Exchange, ReplayServer
from replayed import arguments, needs_cassettes, server

pytestmark = needs_cassettes

CHAT = "openai/openinference__test_instrumentor__test_token_counts.yaml"
CHAT_STREAM = "openai/otel-contrib__test_async_chat_completion_multiple_tools_streaming_no_content.yaml"
CHAT_PARSE = (
    "openai/openllmetry__test_chat_parse__test_parsed_refused_completion_with_events_with_no_content.yaml"
)
VISION = "openai/openinference__test_input_value_image_hiding__TestInputValueImageHiding.test_input_value_preserves_images_when_disabled.yaml"  # noqa: E501
RESPONSES = "openai/logfire__test_openai__test_responses_api_version_latest_only.yaml"
RESPONSES_PARSE = "openai/openllmetry__test_responses__test_responses_parse.yaml"
RESPONSES_STREAM = "openai/openllmetry__test_responses__test_responses_streaming_async_with_parent_span.yaml"
EMBEDDINGS = "openai/logfire__test_openai__test_embeddings_version_v1_only.yaml"
ERROR = "openai/openinference__test_instrumentor__test_error_status_code_and_exception_events_with_invalid_api_key.yaml"  # noqa: E501

# cassette, exchange, type, model, input and output tokens, cost in nano-dollars
CALLS = [
    (CHAT_STREAM, 0, "llm", "gpt-4o-mini-2024-07-18", 75, 51, 75 * 150 + 51 * 600),
    (CHAT_PARSE, 1, "llm", "gpt-4o-2024-08-06", 65, 13, 65 * 2500 + 13 * 10000),
    (VISION, 0, "llm", "gpt-4o-mini-2024-07-18", 8512, 9, 8512 * 150 + 9 * 600),
    (RESPONSES, 0, "llm", "gpt-4.1-2025-04-14", 12, 8, 12 * 2000 + 8 * 8000),
    (RESPONSES_PARSE, 0, "llm", "gpt-4.1-nano-2025-04-14", 57, 10, 57 * 100 + 10 * 400),
    (RESPONSES_STREAM, 0, "llm", "gpt-4o-2024-08-06", 11, 8, 11 * 2500 + 8 * 10000),
    (EMBEDDINGS, 0, "embedding", "text-embedding-3-small", 1, None, 20),
]


@pytest.fixture(autouse=True)
def patched() -> Iterator[None]:
    assert patch_openai() is True
    yield
    unpatch_openai()


def client_of(provider: ReplayServer) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{provider.url}/v1", api_key="any", max_retries=0)


def method_of(client: Any, exchange: Exchange) -> Any:
    return {
        "/v1/chat/completions": lambda: client.chat.completions.create,
        "/v1/responses": lambda: client.responses.create,
        "/v1/embeddings": lambda: client.embeddings.create,
    }[exchange.path]()


def call(provider: ReplayServer) -> Any:
    """What the caller gets of the first exchange, as plain data."""
    exchange = provider.exchanges[0]
    method = method_of(client_of(provider), exchange)
    result = method(**arguments(method, exchange))
    if exchange.request_json().get("stream"):
        return [type(result), *(piece.model_dump(warnings=False) for piece in result)]
    return [type(result), result.model_dump(warnings=False)]


async def call_later(provider: ReplayServer) -> Any:
    exchange = provider.exchanges[0]
    client = openai.AsyncOpenAI(base_url=f"{provider.url}/v1", api_key="any", max_retries=0)
    method = method_of(client, exchange)
    result = await method(**arguments(method, exchange))
    if exchange.request_json().get("stream"):
        return [type(result), *[piece.model_dump(warnings=False) async for piece in result]]
    return [type(result), result.model_dump(warnings=False)]


def only(recorded: Recorded) -> Span:
    (span,) = recorded.spans()
    return span


@pytest.mark.parametrize("later", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize(("cassette", "index", "kind", "model", "inputs", "outputs", "nano"), CALLS)
def test_a_call_is_recorded_and_the_caller_sees_no_difference(
    recorded: Recorded,
    cassette: str,
    index: int,
    kind: str,
    model: str,
    inputs: int,
    outputs: int | None,
    nano: int,
    later: bool,
) -> None:
    results = []
    for patch in (patch_openai, unpatch_openai):
        patch()
        with server(cassette, index) as provider:
            request = provider.exchanges[0].request_json()
            results.append(asyncio.run(call_later(provider)) if later else call(provider))
    assert results[0] == results[1]
    span = only(recorded)
    assert (span.span_type, span.model, span.provider, span.status) == (kind, model, "openai", "success")
    assert span.usage is not None
    assert (span.usage["prompt_tokens"], span.usage["completion_tokens"] or None) == (inputs, outputs)
    assert span.raw["usage"]["total_cost_nano_usd"] == str(nano)
    assert span.inputs == {name: value for name, value in request.items() if name != "extra_headers"}
    if request["model"] != model:
        assert span.metadata["request.model"] == request["model"]


def test_a_streamed_chat_has_its_tool_calls_and_its_first_token(recorded: Recorded) -> None:
    with server(CHAT_STREAM) as provider:
        provider._pause_s = 0.001
        pieces = call(provider)[1:]
    span = only(recorded)
    assert span.name == "openai.chat.completions.create"
    message = span.outputs["choices"][0]["message"]
    assert [tool["function"]["name"] for tool in message["tool_calls"]] == ["get_current_weather"] * 2
    assert message["tool_calls"][0]["function"]["arguments"] == '{"location": "Seattle, WA"}'
    assert span.outputs["choices"][0]["finish_reason"] == "tool_calls"
    assert span.outputs["object"] == "chat.completion"
    assert span.ttft_ms is not None and span.duration_ms is not None
    assert 0 < span.ttft_ms < span.duration_ms and len(pieces) > 10


def test_a_streamed_response_has_its_text(recorded: Recorded) -> None:
    with server(RESPONSES_STREAM, 0) as provider:
        events = provider.exchanges[0].events()
        call(provider)
    expected = [event for event in events if event["type"] == "response.completed"][0]["response"]["output"]
    assert only(recorded).outputs["output"][0]["content"][0]["text"] == expected[0]["content"][0]["text"]


def test_a_stream_manager_is_recorded(recorded: Recorded) -> None:
    with server(RESPONSES_STREAM, 0) as provider:
        request = provider.exchanges[0].request_json()
        with client_of(provider).responses.stream(model=request["model"], input=request["input"]) as stream:
            stream.until_done()
    assert only(recorded).total_cost is not None


def test_a_stream_that_is_left_has_what_came(recorded: Recorded) -> None:
    with server(CHAT_STREAM) as provider:
        exchange = provider.exchanges[0]
        method = client_of(provider).chat.completions.create
        with method(**arguments(method, exchange)) as stream:
            next(iter(stream))
            assert oat.get_current_span() is None
        del stream
        gc.collect()
    span = only(recorded)
    assert span.status == "success" and span.outputs["choices"]


def test_parsed_answers_stay_parsed(recorded: Recorded) -> None:
    from pydantic import BaseModel

    class Joke(BaseModel):
        setup: str

    with server(CHAT_PARSE, 1) as provider:
        request = provider.exchanges[0].request_json()
        client: Any = client_of(provider)
        api = (
            client.chat.completions
            if hasattr(client.chat.completions, "parse")
            else client.beta.chat.completions
        )
        done = api.parse(model=request["model"], messages=request["messages"], response_format=Joke)
    assert type(done).__name__.startswith("ParsedChatCompletion")
    assert only(recorded).model == "gpt-4o-2024-08-06"


@pytest.mark.parametrize("cassette", [RESPONSES, CHAT_STREAM], ids=["whole", "streamed"])
def test_raw_responses_are_recorded_when_they_are_parsed(recorded: Recorded, cassette: str) -> None:
    with server(cassette) as provider:
        exchange = provider.exchanges[0]
        client = client_of(provider)
        api: Any = client.responses if cassette == RESPONSES else client.chat.completions
        raw = api.with_raw_response.create(**arguments(api.create, exchange))
        assert raw.http_response.status_code == 200
        parsed = raw.parse()
        if cassette == CHAT_STREAM:
            assert len(list(parsed)) > 10
    assert only(recorded).total_cost is not None


def test_an_error_is_the_callers_and_is_recorded(recorded: Recorded) -> None:
    with server(ERROR) as provider, pytest.raises(openai.AuthenticationError):
        call(provider)
    span = only(recorded)
    assert (span.status, span.model) == ("error", "gpt-4o")
    assert span.error is not None and span.error.startswith("openai.AuthenticationError: Error code: 401")


def test_vectors_are_not_copied(recorded: Recorded) -> None:
    with server(EMBEDDINGS) as provider:
        call(provider)
    assert only(recorded).outputs["data"][0]["embedding"] in ("[1536 numbers]", "[8192 characters]")


def test_a_client_from_before_is_traced_and_a_call_is_a_child(recorded: Recorded) -> None:
    unpatch_openai()
    with server(RESPONSES) as provider:
        client = client_of(provider)
        method = client.responses.create
        patch_openai()
        with oat.span("agent", "agent"):
            method(**arguments(method, provider.exchanges[0]))
    (trace,) = recorded.traces()
    assert [span.name for span in trace.spans] == ["agent", "openai.responses.create"]


def test_patching_is_idempotent_and_reversible(recorded: Recorded) -> None:
    from openai._base_client import SyncAPIClient

    put = SyncAPIClient.request
    assert patch_openai() and SyncAPIClient.request is put
    assert getattr(openai, "_oat_patched") is True  # noqa: B009
    unpatch_openai()
    assert SyncAPIClient.request is not put and not hasattr(openai, "_oat_patched")
    with server(RESPONSES) as provider:
        call(provider)
    assert recorded.spans() == []


def test_without_the_package_patching_is_a_warning() -> None:
    code = """
import sys
sys.modules["openai"] = None
from oat.integrations import patch_openai
print(patch_openai())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert done.stderr.startswith("oat: openai is not traced: ")
