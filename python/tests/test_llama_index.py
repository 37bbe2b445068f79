"""LlamaIndex: a query engine over a model that calls OpenAI's client, over recordings."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import oat
import openai
import pytest
from conftest import Recorded
from llama_index.core import Document, MockEmbedding, VectorStoreIndex
from llama_index.core.llms import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    CustomLLM,
    LLMMetadata,
)
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.tools import FunctionTool
from oat.integrations import patch_llama_index, patch_openai, unpatch_llama_index, unpatch_openai
from replayed import needs_cassettes, server

CHATS = "openai/langsmith__test_openai_test_wrap_openai_chat_async_tokens.yaml"
ERROR = "openai/otel-contrib__test_async_chat_completion_404.yaml"


class Model(CustomLLM):
    """A model of OpenAI as the package of its integration calls it."""

    model: str = "gpt-4o-mini"
    url: str

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name=self.model)

    def _create(self, text: str, **options: Any) -> Any:
        client = openai.OpenAI(base_url=f"{self.url}/v1", api_key="any", max_retries=0)
        messages: Any = [{"role": "user", "content": text}]
        return client.chat.completions.create(model=self.model, messages=messages, **options)

    @llm_chat_callback()
    def chat(self, messages: Any, **kwargs: Any) -> ChatResponse:
        raw = self._create(messages[-1].content)
        answer = ChatMessage(role="assistant", content=raw.choices[0].message.content)
        return ChatResponse(message=answer, raw=raw)

    @llm_chat_callback()
    def stream_chat(self, messages: Any, **kwargs: Any) -> ChatResponseGen:
        def pieces() -> ChatResponseGen:
            text = ""
            for raw in self._create(
                messages[-1].content, stream=True, stream_options={"include_usage": True}
            ):
                text += (raw.choices[0].delta.content or "") if raw.choices else ""
                yield ChatResponse(message=ChatMessage(role="assistant", content=text), raw=raw)

        return pieces()

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        raw = self._create(prompt)
        return CompletionResponse(text=raw.choices[0].message.content, raw=raw)

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        raise NotImplementedError


@pytest.fixture(autouse=True)
def patched() -> Iterator[None]:
    assert patch_llama_index() is True
    yield
    unpatch_llama_index()
    unpatch_openai()


ASKED = [ChatMessage(role="user", content="howdy")]
NANO = 9 * 150 + 9 * 600


@needs_cassettes
@pytest.mark.parametrize("way", ["chat", "achat", "complete"])
def test_a_model_has_its_usage_and_cost_and_the_caller_no_difference(recorded: Recorded, way: str) -> None:
    results = []
    for patch in (patch_llama_index, unpatch_llama_index):
        patch()
        with server(CHATS, 2) as provider:
            model = Model(url=provider.url)
            if way == "chat":
                results.append(model.chat(ASKED).message)
            elif way == "achat":
                results.append(asyncio.run(model.achat(ASKED)).message)
            else:
                results.append(model.complete("howdy").text)
    assert results[0] == results[1]
    span = next(span for span in recorded.spans() if span.name.endswith(way))
    assert (span.span_type, span.model) == ("llm", "gpt-4o-mini-2024-07-18")
    assert span.raw["usage"]["total_cost_nano_usd"] == str(NANO)
    if way != "complete":
        assert span.inputs == {"messages": [{"role": "user", "content": "howdy"}]}
        assert span.outputs == {"role": "assistant", "content": "Howdy! How can I assist you today?"}
    assert recorded.traces()[0].raw["total_cost_nano_usd"] == str(NANO)


@needs_cassettes
def test_a_stream_is_recorded_to_its_end_and_is_not_current_meanwhile(recorded: Recorded) -> None:
    patch_openai()
    with server(CHATS, 0) as provider:
        pieces = Model(url=provider.url).stream_chat(ASKED)
        first = next(pieces)
        assert oat.get_current_span() is None
        text = [first, *pieces][-1].message.content
    span = recorded.span("Model.stream_chat")
    assert span.outputs["content"] == text and span.status == "success"
    assert span.ttft_ms is not None
    assert span.raw["usage"]["total_cost_nano_usd"] == str(NANO)


@needs_cassettes
def test_a_query_is_a_tree(recorded: Recorded) -> None:
    patch_openai()
    with server(CHATS, 2) as provider:
        documents = [Document(text="Cats sleep."), Document(text="Dogs bark.")]
        index = VectorStoreIndex.from_documents(documents, embed_model=MockEmbedding(embed_dim=4))
        engine = index.as_query_engine(llm=Model(url=provider.url))
        answer = engine.query("What do dogs do?")
    assert str(answer) == "Howdy! How can I assist you today?"
    (trace,) = (trace for trace in recorded.traces() if trace.llm_calls)
    assert trace.name is not None and trace.name.endswith(".query")
    kinds = {span.span_type for span in trace.spans}
    assert {"retrieval", "embedding", "llm", "chain"} <= kinds
    call = next(span for span in trace.spans if span.name == "openai.chat.completions.create")
    by_id = {span.span_id: span for span in trace.spans}
    assert by_id[call.parent_span_id or ""].span_type == "llm"
    assert trace.raw["total_cost_nano_usd"] == str(NANO)


def test_a_tool_is_recorded(recorded: Recorded) -> None:
    def add(a: int, b: int) -> int:
        """Adds."""
        return a + b

    assert FunctionTool.from_defaults(add).call(1, b=2).raw_output == 3
    span = recorded.span("FunctionTool.call")
    assert (span.span_type, span.status) == ("tool", "success")


@needs_cassettes
def test_a_model_that_fails_is_an_error(recorded: Recorded) -> None:
    with server(ERROR) as provider, pytest.raises(openai.NotFoundError):
        Model(url=provider.url, model="this-model-does-not-exist").chat(ASKED)
    (span,) = recorded.spans()
    assert span.status == "error" and oat.get_current_span() is None
