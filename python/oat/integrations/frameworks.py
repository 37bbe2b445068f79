"""Patching frameworks that can be told to report what they run."""

from __future__ import annotations

import contextvars
import importlib
from typing import Any

from oat.integrations._patches import Patches

_langchain = Patches("langchain-core")
_llama_index = Patches("llama-index-core")
_openai_agents = Patches("openai-agents")


def patch_langchain() -> bool:
    """Has every run of LangChain and LangGraph call an `OpenAgentTraceCallback`, without being told to.

    Returns:
        True when it is patched; else a line on standard error says why not.
    """

    def apply(patches: Patches) -> None:
        ours = importlib.import_module("oat.integrations.langchain")
        hooks = importlib.import_module("langchain_core.tracers.context")
        handler = ours.OpenAgentTraceCallback()
        variable: contextvars.ContextVar[Any] = contextvars.ContextVar("oat_langchain", default=handler)
        hooks.register_configure_hook(variable, True, ours.OpenAgentTraceCallback)
        registered = hooks._configure_hooks[-1]
        patches.on_undo(lambda: hooks._configure_hooks.remove(registered))

    return _langchain.apply(apply)


def unpatch_langchain() -> None:
    """Takes `patch_langchain` back."""
    _langchain.undo()


def patch_llama_index() -> bool:
    """Has LlamaIndex report all it runs.

    Returns:
        True when it is patched; else a line on standard error says why not.
    """

    def apply(patches: Patches) -> None:
        ours = importlib.import_module("oat.integrations.llama_index")
        root = importlib.import_module("llama_index.core.instrumentation").get_dispatcher()
        spans = ours.OpenAgentTraceHandler()
        events = ours.OpenAgentTraceEvents(spans)
        root.add_span_handler(spans)
        root.add_event_handler(events)
        patches.on_undo(lambda: root.span_handlers.remove(spans))
        patches.on_undo(lambda: root.event_handlers.remove(events))

    return _llama_index.apply(apply)


def unpatch_llama_index() -> None:
    """Takes `patch_llama_index` back."""
    _llama_index.undo()


def patch_openai_agents() -> bool:
    """Has the OpenAI Agents SDK tell an `OpenAgentTraceProcessor`, beside the processors that are there.

    Returns:
        True when it is patched; else a line on standard error says why not.
    """

    def apply(patches: Patches) -> None:
        ours = importlib.import_module("oat.integrations.openai_agents")
        processor = ours.OpenAgentTraceProcessor()
        importlib.import_module("agents").add_trace_processor(processor)
        patches.on_undo(processor.shutdown)

    return _openai_agents.apply(apply)


def unpatch_openai_agents() -> None:
    """Takes `patch_openai_agents` back."""
    _openai_agents.undo()
