"""LlamaIndex with its package for OpenAI, over recordings."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import oat
import openai
import pytest
from conftest import Recorded
from llama_index.core import Document, MockEmbedding, VectorStoreIndex
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai import OpenAI
from oat.integrations import patch_llama_index, patch_openai, unpatch_llama_index, unpatch_openai
from replay_server import ReplayServer
from replayed import needs_cassettes, server

CHATS = "openai/langsmith__test_openai_test_wrap_openai_chat_async_tokens.yaml"
TOOL_CALL = "openai/openinference__test_instrumentor__test_tool_calling_llm_span_has_expected_attributes.yaml"
ERROR = "openai/otel-contrib__test_async_chat_completion_404.yaml"


def model_of(provider: ReplayServer, **options: Any) -> OpenAI:
    return OpenAI(model="gpt-4o-mini", api_base=f"{provider.url}/v1", api_key="any", max_retries=0, **options)


@pytest.fixture(autouse=True)
def patched() -> Iterator[None]:
    assert patch_llama_index() is True
    yield
    unpatch_llama_index()
    unpatch_openai()


ASKED = [ChatMessage(role="user", content="howdy")]
NANO = 9 * 150 + 9 * 600


@needs_cassettes
@pytest.mark.parametrize("way", ["chat", "achat", "complete", "acomplete"])
def test_a_model_has_its_usage_and_cost_and_the_caller_no_difference(recorded: Recorded, way: str) -> None:
    results = []
    for patch in (patch_llama_index, unpatch_llama_index):
        patch()
        with server(CHATS, 2) as provider:
            asked: Any = ASKED if way.endswith("chat") else "howdy"
            result = getattr(model_of(provider), way)(asked)
            answer = asyncio.run(result) if way.startswith("a") else result
            results.append((str(answer), answer.raw.model_dump(), answer.additional_kwargs))
    assert results[0] == results[1]
    calls = [span for span in recorded.spans() if span.span_type == "llm"]
    assert calls[-1].name == f"OpenAI.{way}"
    for span in calls:
        assert span.model == "gpt-4o-mini-2024-07-18"
        assert span.raw["usage"]["total_cost_nano_usd"] == str(NANO)
    if way.endswith("chat"):
        assert calls[0].inputs == {"messages": [{"role": "user", "content": "howdy"}]}
        assert calls[0].outputs == {"role": "assistant", "content": "Howdy! How can I assist you today?"}
    assert recorded.traces()[0].raw["total_cost_nano_usd"] == str(NANO)


@needs_cassettes
@pytest.mark.parametrize("later", [False, True])
def test_a_stream_is_recorded_to_its_end_and_is_not_current_meanwhile(
    recorded: Recorded, later: bool
) -> None:
    patch_openai()
    with server(CHATS, 0) as provider:
        model = model_of(provider, additional_kwargs={"stream_options": {"include_usage": True}})
        if later:

            async def read() -> Any:
                pieces = [piece async for piece in await model.astream_chat(ASKED)]
                assert oat.get_current_span() is None
                return pieces[-1].message.content

            text = asyncio.run(read())
        else:
            pieces = model.stream_chat(ASKED)
            first = next(pieces)
            assert oat.get_current_span() is None
            text = [first, *pieces][-1].message.content
    assert text.startswith("Howdy!")
    span = recorded.span(f"OpenAI.{'a' if later else ''}stream_chat")
    assert span.outputs["content"] == text and span.status == "success"
    assert span.ttft_ms is not None
    assert span.raw["usage"]["total_cost_nano_usd"] == str(NANO)
    (trace,) = recorded.traces()
    assert trace.raw["total_cost_nano_usd"] == str(NANO)


@needs_cassettes
def test_a_query_is_a_tree(recorded: Recorded) -> None:
    patch_openai()
    with server(CHATS, 2) as provider:
        documents = [Document(text="Cats sleep."), Document(text="Dogs bark.")]
        index = VectorStoreIndex.from_documents(documents, embed_model=MockEmbedding(embed_dim=4))
        answer = index.as_query_engine(llm=model_of(provider)).query("What do dogs do?")
    assert str(answer) == "Howdy! How can I assist you today?"
    (trace,) = (trace for trace in recorded.traces() if trace.llm_calls)
    assert trace.name is not None and trace.name.endswith(".query")
    kinds = {span.span_type for span in trace.spans}
    assert {"retrieval", "embedding", "llm", "chain"} <= kinds
    call = next(span for span in trace.spans if span.name == "openai.chat.completions.create")
    by_id = {span.span_id: span for span in trace.spans}
    assert by_id[call.parent_span_id or ""].span_type == "llm"
    assert trace.raw["total_cost_nano_usd"] == str(NANO)


def add(a: int, b: int) -> int:
    """Adds."""
    return a + b


@needs_cassettes
def test_a_call_of_a_tool_is_in_the_answer(recorded: Recorded) -> None:
    with server(TOOL_CALL) as provider:
        model = model_of(provider)
        answer = model.chat_with_tools([FunctionTool.from_defaults(add)], user_msg="What is 1 + 2?")
        calls = model.get_tool_calls_from_response(answer)
    (span,) = (span for span in recorded.spans() if span.span_type == "llm")
    recorded_calls = span.outputs["tool_calls"]
    assert [call["function"]["name"] for call in recorded_calls] == [call.tool_name for call in calls]
    assert len(calls) > 0


def test_a_tool_is_recorded(recorded: Recorded) -> None:
    assert FunctionTool.from_defaults(add).call(1, b=2).raw_output == 3
    span = recorded.span("FunctionTool.call")
    assert (span.span_type, span.status) == ("tool", "success")


@needs_cassettes
def test_a_model_that_fails_is_an_error(recorded: Recorded) -> None:
    with server(ERROR) as provider, pytest.raises(openai.NotFoundError):
        model_of(provider).chat(ASKED)
    (span,) = recorded.spans()
    assert span.status == "error" and oat.get_current_span() is None
