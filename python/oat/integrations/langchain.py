"""Tracing LangChain and LangGraph: a callback handler that makes a span of each run."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import convert_to_openai_messages

from oat._native import Span
from oat.integrations._calls import plain, quiet
from oat.integrations._runs import Runs

_CACHE_WRITES = ("cache_creation", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")  # disjoint
_AGENTS = ("AgentExecutor", "LangGraph")
_OWN_IDS = "run-"  # how ids begin that LangChain makes up for answers that have none


class OpenAgentTraceCallback(BaseCallbackHandler):
    """Pass it as a callback: `chain.invoke(x, config={"callbacks": [OpenAgentTraceCallback()]})`.

    Chains, models, tools and retrievers become spans below the current one. Beside `patch_openai()` a call
    of a model is seen twice, and its usage is counted once. `patch_langchain()` has all runs call one.
    """

    run_inline = True  # in the context of the run, so that what it calls is below it

    def __init__(self) -> None:
        self._runs = Runs()

    @quiet
    def _start(
        self,
        span_type: str,
        serialized: Any,
        inputs: Any,
        run_id: UUID,
        parent_run_id: UUID | None,
        about: Any,
    ) -> None:
        name = about.get("name") or _name(serialized) or span_type
        if span_type == "chain" and name.endswith(_AGENTS):
            span_type = "agent"
        metadata = about.get("metadata") or {}
        attributes = {f"langchain.{key}": value for key, value in metadata.items()}
        if about.get("tags"):
            attributes["langchain.tags"] = about["tags"]
        is_llm = span_type == "llm"
        span = self._runs.start(
            run_id,
            parent_run_id,
            name,
            span_type,
            metadata=attributes or None,
            model=metadata.get("ls_model_name") if is_llm else None,
            service_provider=metadata.get("ls_provider") if is_llm else None,
        )
        span.set_input(inputs)

    @quiet
    def _end(self, run_id: UUID, outputs: Any) -> None:
        span = self._runs.get(run_id)
        if span is not None:
            span.set_output(outputs)
        self._runs.end(run_id)

    @quiet
    def _fail(self, run_id: UUID, error: BaseException) -> None:
        self._runs.fail(run_id, error)

    # ---- Chains ---------------------------------------------------------------------------------

    def on_chain_start(
        self, serialized: Any, inputs: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        """A chain begins."""
        self._start("chain", serialized, _shown(inputs), run_id, parent_run_id, kwargs)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A chain ends."""
        self._end(run_id, _shown(outputs))

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """A chain fails."""
        self._fail(run_id, error)

    # ---- Models ---------------------------------------------------------------------------------

    def on_llm_start(
        self,
        serialized: Any,
        prompts: list[str],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        """A model is called with text."""
        self._start("llm", serialized, {"prompts": prompts}, run_id, parent_run_id, kwargs)

    def on_chat_model_start(
        self,
        serialized: Any,
        messages: list[list[Any]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        """A model is called with messages."""
        inputs: dict[str, Any] = {"messages": _shown([message for batch in messages for message in batch])}
        tools = (kwargs.get("invocation_params") or {}).get("tools")
        if tools:
            inputs["tools"] = tools
        self._start("llm", serialized, inputs, run_id, parent_run_id, kwargs)

    @quiet
    def on_llm_new_token(self, token: str, *, run_id: UUID, **kwargs: Any) -> None:
        """A piece of a streamed answer came."""
        self._runs.note_piece(run_id)

    def on_llm_end(self, response: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A model has answered."""
        span = self._runs.get(run_id)
        if span is not None:
            _note_answer(span, response)
        self._end(run_id, _answers(response))

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """A model fails."""
        self._fail(run_id, error)

    # ---- Tools and retrievers -------------------------------------------------------------------

    def on_tool_start(
        self,
        serialized: Any,
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        """A tool is called."""
        self._start("tool", serialized, kwargs.get("inputs") or input_str, run_id, parent_run_id, kwargs)

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A tool has answered."""
        self._end(run_id, plain(output))

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """A tool fails."""
        self._fail(run_id, error)

    def on_retriever_start(
        self, serialized: Any, query: str, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        """A search begins."""
        self._start("retrieval", serialized, {"query": query}, run_id, parent_run_id, kwargs)

    def on_retriever_end(self, documents: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A search ends."""
        self._end(run_id, [plain(document) for document in documents])

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """A search fails."""
        self._fail(run_id, error)


def _name(serialized: Any) -> str | None:
    if not isinstance(serialized, dict):
        return None
    name: str | None = serialized.get("name") or (serialized.get("id") or [None])[-1]
    return name


def _shown(value: Any) -> Any:
    """Messages within a value as providers write them; all else as it is."""
    try:
        if isinstance(value, dict):
            return {key: _shown(member) for key, member in value.items()}
        if hasattr(value, "to_messages"):
            value = value.to_messages()
        are_messages = isinstance(value, list) and bool(value) and all(map(_is_message, value))
        return convert_to_openai_messages(value) if are_messages or _is_message(value) else value
    except Exception:
        return value


def _is_message(value: Any) -> bool:
    return hasattr(value, "response_metadata") and hasattr(value, "content")


def _answers(response: Any) -> Any:
    """What a model answered: a message or a text, or a list of them when more than one was asked for."""
    try:
        answers = [
            _shown(answer.message) if hasattr(answer, "message") else answer.text
            for batch in response.generations
            for answer in batch
        ]
    except Exception:
        return plain(response)
    return answers[0] if len(answers) == 1 else answers


@quiet
def _note_answer(span: Span, response: Any) -> None:
    """Usage, model and id, from wherever the model's package put them."""
    message = getattr(response.generations[0][0], "message", None)
    about = getattr(message, "response_metadata", None) or response.llm_output or {}
    model = about.get("model_name") or about.get("model")
    if model:
        span._set_field("model", model)
    answer_id = about.get("id") or getattr(message, "id", None)
    if answer_id and not answer_id.startswith(_OWN_IDS):
        span._set_call_id(answer_id)
    used = getattr(message, "usage_metadata", None)
    if used:
        _note_usage(span, used, about.get("service_tier"))
    else:
        span.set_usage({"usage": (response.llm_output or {}).get("token_usage")})


def _note_usage(span: Span, used: dict[str, Any], service_tier: object) -> None:
    """LangChain's own form of usage: the input has what was read from and written to a cache."""
    inputs, outputs = used.get("input_token_details") or {}, used.get("output_token_details") or {}
    writes = [inputs.get(name) or 0 for name in _CACHE_WRITES]
    span.set_usage(
        {
            "usage": {
                "prompt_tokens": used.get("input_tokens"),
                "completion_tokens": used.get("output_tokens"),
            },
            "service_tier": service_tier,
        },
        cached_tokens=inputs.get("cache_read"),
        cache_write_tokens=sum(writes) or None,
        cache_write_1h_tokens=writes[-1] or None,
        reasoning_tokens=outputs.get("reasoning"),
        audio_input_tokens=inputs.get("audio"),
        audio_output_tokens=outputs.get("audio"),
    )
