"""OpenAgentTrace: traces of AI agents, in files of your own.

    from oat import trace

    @trace(span_type="agent")
    def my_agent(question): ...

When a traced function has returned, its span is in the store and survives the death of the process.
docs/python.md is the manual.
"""

from __future__ import annotations

from oat import exporters, models
from oat._context import (
    carry,
    context,
    get_current_span,
    get_current_trace_id,
    get_traceparent,
    set_trace_id,
)
from oat._guardrail import trace_guardrail
from oat._native import Span
from oat._native import version as __version__
from oat._prompts import Prompt, get_prompt
from oat._scores import feedback, score
from oat._store import Store, open
from oat._trace import (
    span,
    trace,
    trace_agent,
    trace_cache,
    trace_database,
    trace_embedding,
    trace_file_io,
    trace_handoff,
    trace_http,
    trace_llm,
    trace_memory,
    trace_rerank,
    trace_retrieval,
    trace_tool,
)
from oat._tracer import Tracer, get_tracer

__all__ = [
    "Prompt",
    "Span",
    "Store",
    "Tracer",
    "__version__",
    "carry",
    "context",
    "exporters",
    "feedback",
    "get_current_span",
    "get_current_trace_id",
    "get_prompt",
    "get_traceparent",
    "get_tracer",
    "models",
    "open",
    "score",
    "set_trace_id",
    "span",
    "trace",
    "trace_agent",
    "trace_cache",
    "trace_database",
    "trace_embedding",
    "trace_file_io",
    "trace_guardrail",
    "trace_handoff",
    "trace_http",
    "trace_llm",
    "trace_memory",
    "trace_rerank",
    "trace_retrieval",
    "trace_tool",
]
