"""`patch_mistral`, `patch_cohere` and `patch_gemini` with the real packages, over recordings."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterator
from typing import Any, Callable

import cohere
import pytest
from conftest import Recorded
from google import genai
from google.genai import errors
from oat.integrations import (
    patch_cohere,
    patch_gemini,
    patch_mistral,
    unpatch_cohere,
    unpatch_gemini,
    unpatch_mistral,
)
from oat.models import Span
from replay_server import ReplayServer
from replayed import needs_cassettes, server

pytestmark = needs_cassettes

try:
    from mistralai.client import Mistral
except ImportError:  # up to version 1
    from mistralai import Mistral

PATCHES = (patch_mistral, patch_cohere, patch_gemini)
UNPATCHES = (unpatch_mistral, unpatch_cohere, unpatch_gemini)


@pytest.fixture(autouse=True)
def patched() -> Iterator[None]:
    yield
    for unpatch in UNPATCHES:
        unpatch()


def both_ways(call: Callable[[ReplayServer], Any], cassette: str, index: int = 0) -> list[Any]:
    """What a caller gets with the patches and without."""
    results = []
    for functions in (PATCHES, UNPATCHES):
        for function in functions:
            assert function() in (True, None)
        with server(cassette, index) as provider:
            results.append(call(provider))
            assert provider.refused == []
    return results


def only(recorded: Recorded) -> Span:
    (span,) = recorded.spans()
    return span


def counted(span: Span) -> tuple[Any, Any]:
    assert span.usage is not None
    return span.usage["prompt_tokens"], span.usage["completion_tokens"]


# ---- Mistral ------------------------------------------------------------------------------------


def mistral(name: str, provider: ReplayServer) -> Any:
    client = Mistral(api_key="any", server_url=provider.url)
    method = functools.reduce(getattr, name.split("."), client)
    request = provider.exchanges[0].request_json()
    request.pop("stream", None)
    if "input" in request:
        request["inputs"] = request.pop("input")
    result: Any = method(**request)
    if name.endswith("stream"):
        return [type(result), *(event.model_dump() for event in result)]
    return [type(result), result.model_dump()]


MISTRAL = "mistral/openinference__test_instrumentor__test_synchronous_streaming_chat_completions"


@pytest.mark.parametrize(
    ("method", "cassette", "tokens"),
    [
        (
            "chat.complete",
            "mistral/openllmetry__test_chat__test_mistralai_chat_with_cache_tokens.yaml",
            (20, 18),
        ),
        ("chat.stream", f"{MISTRAL}_emits_expected_span_False_.yaml", (26, 4)),
        ("chat.stream", f"{MISTRAL}_with_tool_call_response_emits_expected_spans_True_.yaml", (96, 23)),
        (
            "embeddings.create",
            "mistral/openllmetry__test_embeddings__test_mistral_embeddings_legacy.yaml",
            (10, 0),
        ),
    ],
)
def test_mistral_is_recorded(recorded: Recorded, method: str, cassette: str, tokens: tuple[int, int]) -> None:
    with_patch, without = both_ways(functools.partial(mistral, method), cassette)
    assert with_patch == without
    span = only(recorded)
    assert (span.name, span.provider) == (f"mistral.{method}", "mistral")
    assert counted(span) == tokens
    if "tool_call" in cassette:
        assert span.outputs["choices"][0]["message"]["tool_calls"][0]["function"]["name"]


# ---- Cohere -------------------------------------------------------------------------------------


def cohere_call(name: str, provider: ReplayServer) -> Any:
    client: Any = cohere.ClientV2(api_key="any", base_url=provider.url)
    if provider.exchanges[0].path.startswith("/v1"):
        client = cohere.Client(api_key="any", base_url=provider.url)
    method = getattr(client, name)
    request = provider.exchanges[0].request_json()
    for surplus in ("stream", "max_chunks_per_doc"):
        request.pop(surplus, None)
    result = method(**request)
    if name == "chat_stream":
        return [event.model_dump() for event in result]
    return [type(result), result.model_dump()]


@pytest.mark.parametrize(
    ("method", "cassette", "index", "kind", "tokens"),
    [
        ("chat", "cohere/openllmetry__test_agents__test_agent_with_multiple_tools.yaml", 7, "llm", (701, 86)),
        (
            "embed",
            "cohere/openllmetry__test_embed__test_cohere_v2_embed_legacy.yaml",
            0,
            "embedding",
            (208, None),
        ),
        (
            "rerank",
            "cohere/openinference__test_instrumentor__test_cohere_reranker_span_has_expected_attributes.yaml",
            0,
            "rerank",
            None,
        ),
        (
            "chat_stream",
            "cohere/openllmetry__test_chat__test_cohere_v2_chat_legacy_with_tool_calls_and_streaming.yaml",
            0,
            "llm",
            None,
        ),
    ],
)
def test_cohere_is_recorded(
    recorded: Recorded, method: str, cassette: str, index: int, kind: str, tokens: Any
) -> None:
    with_patch, without = both_ways(functools.partial(cohere_call, method), cassette, index)
    assert with_patch == without
    span = only(recorded)
    assert (span.name, span.span_type, span.provider) == (f"cohere.{method}", kind, "cohere")
    if tokens:
        assert counted(span) == tokens
    if method == "chat_stream":
        assert span.usage is not None and span.usage["prompt_tokens"] > 0
        assert span.outputs["message"]["tool_calls"]
        assert span.ttft_ms is not None


# ---- Gemini -------------------------------------------------------------------------------------


def gemini(streams: bool, later: bool, provider: ReplayServer) -> Any:
    exchange = provider.exchanges[0]
    client = genai.Client(api_key="any", http_options={"base_url": provider.url, "api_version": "v1beta"})
    model = exchange.path.split("/models/")[1].split(":")[0]
    contents = exchange.request_json()["contents"]
    models: Any = client.aio.models if later else client.models

    async def ask_later() -> Any:
        if streams:
            return [
                c.text async for c in await models.generate_content_stream(model=model, contents=contents)
            ]
        return [(await models.generate_content(model=model, contents=contents)).text]

    if later:
        return asyncio.run(ask_later())
    if streams:
        return [chunk.text for chunk in models.generate_content_stream(model=model, contents=contents)]
    return [models.generate_content(model=model, contents=contents).text]


@pytest.mark.parametrize("later", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize(
    ("cassette", "model", "tokens"),
    [
        ("test_multi_turn_conversation", "gemini-2.0-flash", (7, 9)),
        ("test_async_streaming_text_content", "gemini-2.0-flash", (14, 33)),
    ],
)
def test_gemini_is_recorded(
    recorded: Recorded, cassette: str, model: str, tokens: tuple[int, int], later: bool
) -> None:
    streams = "streaming" in cassette
    path = f"gemini/openinference__test_instrumentation__{cassette}.yaml"
    with_patch, without = both_ways(functools.partial(gemini, streams, later), path)
    assert with_patch == without
    span = only(recorded)
    assert (span.model, span.provider, counted(span)) == (model, "gemini", tokens)
    assert span.cost_source == "computed"
    said = "".join(part["text"] for part in span.outputs["candidates"][0]["content"]["parts"])
    assert said == "".join(filter(None, without))
    assert (span.ttft_ms is not None) == streams


def test_gemini_errors_are_the_callers(recorded: Recorded) -> None:
    patch_gemini()
    with server("gemini/otel-contrib__test_generate_content_invalid_temperature.yaml") as provider:
        provider.exchanges = provider._left = []
        client = genai.Client(api_key="any", http_options={"base_url": provider.url})
        with pytest.raises(errors.ClientError):
            client.models.generate_content(model="gemini-2.0-flash", contents="x")
    assert only(recorded).status == "error"
