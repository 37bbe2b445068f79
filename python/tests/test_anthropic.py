"""`patch_anthropic` with the real package, over recordings."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from conftest import Recorded
from oat.integrations import patch_anthropic, unpatch_anthropic
from oat.models import Span
from replay_server import ReplayServer
from replayed import arguments, needs_cassettes, server

pytestmark = [needs_cassettes, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

PLAIN = "anthropic/logfire__test_anthropic__test_sync_messages_version_latest.yaml"
CACHE = "anthropic/openllmetry__test_prompt_caching__test_anthropic_prompt_caching_legacy.yaml"
CACHE_STREAM = "anthropic/openllmetry__test_prompt_caching__test_anthropic_prompt_caching_stream_legacy.yaml"
TOOLS = "anthropic/openllmetry__test_messages__test_anthropic_tools_legacy.yaml"
TOOLS_STREAM = "anthropic/openllmetry__test_messages__test_anthropic_tools_streaming_legacy.yaml"
ERROR = "anthropic/pydantic-ai__test_model_name_suggestions__test_model_name_suggestion_anthropic_.yaml"

# cassette, exchange, model, input (cache included) and output tokens, cost in nano-dollars
CALLS = [
    (PLAIN, 0, "claude-sonnet-4-20250514", 19, 9, 19 * 3000 + 9 * 15000),
    (CACHE, 0, "claude-3-5-sonnet-20240620", 1167, 187, 4 * 3000 + 1163 * 3750 + 187 * 15000),
    (CACHE, 1, "claude-3-5-sonnet-20240620", 1167, 202, 4 * 3000 + 1163 * 300 + 202 * 15000),
    (CACHE_STREAM, 0, "claude-3-5-sonnet-20240620", 1169, 201, 4 * 3000 + 1165 * 3750 + 201 * 15000),
    (CACHE_STREAM, 1, "claude-3-5-sonnet-20240620", 1169, 221, 4 * 3000 + 1165 * 300 + 221 * 15000),
    (TOOLS, 0, "claude-3-5-sonnet-20240620", 514, 152, 514 * 3000 + 152 * 15000),
    (TOOLS_STREAM, 0, "claude-3-5-sonnet-20240620", 506, 153, 506 * 3000 + 153 * 15000),
]


@pytest.fixture(autouse=True)
def patched() -> Iterator[None]:
    assert patch_anthropic() is True
    yield
    unpatch_anthropic()


def call(provider: ReplayServer) -> Any:
    """What the caller gets of the first exchange, as plain data."""
    exchange = provider.exchanges[0]
    client: Any = anthropic.Anthropic(base_url=provider.url, api_key="any", max_retries=0)
    method = client.beta.messages.create if "beta" in exchange.path else client.messages.create
    result: Any = method(**arguments(method, exchange))
    if exchange.request_json().get("stream"):
        return [type(result), *(piece.model_dump() for piece in result)]
    return [type(result), result.model_dump()]


async def call_later(provider: ReplayServer) -> Any:
    exchange = provider.exchanges[0]
    client = anthropic.AsyncAnthropic(base_url=provider.url, api_key="any", max_retries=0)
    result: Any = await client.messages.create(**arguments(client.messages.create, exchange))
    if exchange.request_json().get("stream"):
        return [type(result), *[piece.model_dump() async for piece in result]]
    return [type(result), result.model_dump()]


def only(recorded: Recorded) -> Span:
    (span,) = recorded.spans()
    return span


@pytest.mark.parametrize("later", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize(("cassette", "index", "model", "inputs", "outputs", "nano"), CALLS)
def test_a_call_is_recorded_and_the_caller_sees_no_difference(
    recorded: Recorded,
    cassette: str,
    index: int,
    model: str,
    inputs: int,
    outputs: int,
    nano: int,
    later: bool,
) -> None:
    results = []
    for patch in (patch_anthropic, unpatch_anthropic):
        patch()
        with server(cassette, index) as provider:
            request = provider.exchanges[0].request_json()
            results.append(asyncio.run(call_later(provider)) if later else call(provider))
    assert results[0] == results[1]
    span = only(recorded)
    assert (span.name, span.model, span.provider) == ("anthropic.messages.create", model, "anthropic")
    assert span.usage is not None
    assert (span.usage["prompt_tokens"], span.usage["completion_tokens"]) == (inputs, outputs)
    assert span.usage["total_cost_nano_usd"] == str(nano)
    assert span.inputs == request
    assert (span.ttft_ms is not None) == bool(request.get("stream"))


def test_a_streamed_message_has_its_text_and_its_tool_use(recorded: Recorded) -> None:
    with server(TOOLS_STREAM) as provider:
        call(provider)
    text, *tools = only(recorded).outputs["content"]
    assert text["text"].startswith("Certainly! I can help you with that information.")
    assert [(tool["type"], tool["name"]) for tool in tools] == [
        ("tool_use", "get_weather"),
        ("tool_use", "get_time"),
    ]
    assert tools[0]["input"] == {"location": "San Francisco, CA", "unit": "celsius"}
    assert only(recorded).outputs["stop_reason"] == "tool_use"


def test_the_stream_manager_is_recorded(recorded: Recorded) -> None:
    with server(CACHE_STREAM, 1) as provider:
        request = provider.exchanges[0].request_json()
        request.pop("stream")
        client: Any = anthropic.Anthropic(base_url=provider.url, api_key="any", max_retries=0)
        with client.messages.stream(**request) as stream:
            text = stream.get_final_text()
    span = only(recorded)
    assert span.outputs["content"][0]["text"] == text
    assert span.usage is not None and span.usage["cached_tokens"] == 1165


def test_an_error_is_the_callers_and_is_recorded(recorded: Recorded) -> None:
    with server(ERROR) as provider, pytest.raises(anthropic.NotFoundError):
        call(provider)
    span = only(recorded)
    assert (span.status, span.model) == ("error", "claude-sonet-4-5")


def test_a_raw_response_is_recorded(recorded: Recorded) -> None:
    with server(PLAIN) as provider:
        client = anthropic.Anthropic(base_url=provider.url, api_key="any", max_retries=0)
        raw = client.messages.with_raw_response.create(
            **arguments(client.messages.create, provider.exchanges[0])
        )
        assert raw.parse().content
    assert only(recorded).total_cost is not None
