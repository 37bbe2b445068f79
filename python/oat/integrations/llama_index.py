"""Tracing LlamaIndex: a handler for the spans and one for the events of its dispatcher."""

from __future__ import annotations

import inspect
from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.base import BaseLLM
from llama_index.core.base.llms.types import ChatResponse, CompletionResponse
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.span import BaseSpan
from llama_index.core.instrumentation.span_handlers import BaseSpanHandler
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.tools.types import BaseTool
from pydantic import PrivateAttr

from oat._native import Span
from oat.integrations._calls import describe, plain, quiet, without_vectors
from oat.integrations._runs import Runs

# What of a model calls it; its other methods call these.
_MODEL_METHODS = ("chat", "complete", "stream_chat", "stream_complete")
_TYPES = (
    (BaseEmbedding, "embedding"),
    (BaseRetriever, "retrieval"),
    (BaseNodePostprocessor, "rerank"),
    (BaseTool, "tool"),
)


class OpenAgentTraceHandler(BaseSpanHandler[BaseSpan]):
    """Makes a span of each span of LlamaIndex: queries, retrievals, calls of models and embeddings, tools.

    `patch_llama_index()` adds it, and what hears the events, to the root dispatcher.
    """

    _runs: Runs = PrivateAttr(default_factory=Runs)

    @classmethod
    def class_name(cls) -> str:
        """Its name within LlamaIndex."""
        return "OpenAgentTraceHandler"

    def new_span(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any = None,
        parent_span_id: str | None = None,
        tags: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> BaseSpan:
        """Something begins."""
        self._start(id_, bound_args, instance, parent_span_id, tags)
        return BaseSpan(id_=id_, parent_id=parent_span_id)

    @quiet
    def _start(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any,
        parent_id: str | None,
        tags: dict[str, Any] | None,
    ) -> None:
        name = id_[:-37]  # of "Class.method-UUID"
        span = self._runs.start(id_, parent_id, name, _type_of(instance, name), metadata=tags or None)
        span.set_input({key: value for key, value in bound_args.arguments.items() if key != "self"})

    def prepare_to_exit_span(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any = None,
        result: Any = None,
        **kwargs: Any,
    ) -> BaseSpan | None:
        """Something ends."""
        self._end(id_, result)
        return self.open_spans.get(id_)

    @quiet
    def _end(self, id_: str, result: Any) -> None:
        span = self._runs.get(id_)
        if span is None:
            return
        if span.span_type == "llm" and (inspect.isgenerator(result) or inspect.isasyncgen(result)):
            self._runs.detach(id_)  # an event tells of its end
            return
        if result is not None and not _is_answer(result):  # an event has told of those
            span.set_output(without_vectors(result) if span.span_type == "embedding" else plain(result))
        self._runs.end(id_)

    def prepare_to_drop_span(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any = None,
        err: BaseException | None = None,
        **kwargs: Any,
    ) -> BaseSpan | None:
        """Something fails."""
        self._runs.fail(id_, err or RuntimeError("dropped"))
        return self.open_spans.get(id_)

    @quiet
    def hear(self, event: Any) -> None:
        """Takes what an event tells of a span."""
        span = self._runs.get(event.span_id)
        if span is None:
            return
        kind = type(event).__name__
        if kind in (
            "LLMChatStartEvent",
            "LLMCompletionStartEvent",
            "EmbeddingStartEvent",
            "ReRankStartEvent",
        ):
            _note_model(span, event)
        elif kind in ("LLMChatInProgressEvent", "LLMCompletionInProgressEvent"):
            self._runs.note_piece(event.span_id)
        elif kind in ("LLMChatEndEvent", "LLMCompletionEndEvent"):
            _note_answer(span, event.response)
            if self._runs.is_detached(event.span_id):
                self._runs.end(event.span_id)
        elif kind == "ExceptionEvent":
            self._runs.fail(event.span_id, event.exception)


class OpenAgentTraceEvents(BaseEventHandler):
    """Hands the events of LlamaIndex to the handler of its spans."""

    _spans: OpenAgentTraceHandler = PrivateAttr()

    def __init__(self, spans: OpenAgentTraceHandler) -> None:
        super().__init__()
        self._spans = spans

    @classmethod
    def class_name(cls) -> str:
        """Its name within LlamaIndex."""
        return "OpenAgentTraceEvents"

    def handle(self, event: Any, **kwargs: Any) -> None:
        """Takes an event."""
        self._spans.hear(event)


def _type_of(instance: Any, name: str) -> str:
    if isinstance(instance, BaseLLM):
        method = name.rpartition(".")[2]
        return "llm" if method in _MODEL_METHODS or method[1:] in _MODEL_METHODS else "chain"
    for base, span_type in _TYPES:
        if isinstance(instance, base):
            return span_type
    return "agent" if type(instance).__name__.endswith("Agent") else "chain"


def _note_model(span: Span, event: Any) -> None:
    about = getattr(event, "model_dict", None) or {}
    model = about.get("model") or about.get("model_name") or getattr(event, "model_name", None)
    if model:
        span._set_field("model", model)
    if hasattr(event, "messages"):
        span.set_input({"messages": [_message(message) for message in event.messages]})


def _is_answer(value: Any) -> bool:
    return isinstance(value, (ChatResponse, CompletionResponse))


@quiet
def _note_answer(span: Span, response: Any) -> None:
    span.set_output(_message(response.message) if isinstance(response, ChatResponse) else response.text)
    counts = response.additional_kwargs or {}
    names = ("prompt_tokens", "completion_tokens")
    span.set_usage({"usage": {name: counts[name] for name in names if name in counts}})
    raw = plain(response.raw)
    if isinstance(raw, dict):
        describe(span, raw)


def _message(message: Any) -> dict[str, Any]:
    """A message as providers write it."""
    shown: dict[str, Any] = {"role": message.role.value, "content": message.content}
    calls = message.additional_kwargs.get("tool_calls")
    if calls:
        shown["tool_calls"] = [plain(call) for call in calls]
    return shown
