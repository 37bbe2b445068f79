"""LangChain with the real packages: its runs as a tree, over recordings of OpenAI."""

from __future__ import annotations

import asyncio
import importlib.metadata
from collections.abc import Iterator
from typing import Any

import oat
import openai
import pytest
from conftest import Recorded
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda, RunnableParallel
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from oat.integrations import patch_langchain, patch_openai, unpatch_langchain, unpatch_openai
from oat.integrations.langchain import OpenAgentTraceCallback
from replay_server import ReplayServer
from replayed import needs_cassettes, server

CHATS = "openai/langsmith__test_openai_test_wrap_openai_chat_async_tokens.yaml"
TOOLS = "openai/openinference__test_instrumentor__test_tool_calling_llm_span_has_expected_attributes.yaml"
ERROR = "openai/otel-contrib__test_async_chat_completion_404.yaml"


@pytest.fixture
def patched() -> Iterator[None]:
    assert patch_langchain() is True
    yield
    unpatch_langchain()


def parents(recorded: Recorded) -> dict[str, str | None]:
    """The name of each span's parent."""
    spans = recorded.spans()
    names = {span.span_id: span.name for span in spans}
    return {span.name: names.get(span.parent_span_id or "") for span in spans}


@tool
def search(query: str) -> str:
    """Searches."""
    with oat.span("within the tool"):
        return f"found {query}"


def chain() -> Any:
    used: Any = {
        "input_tokens": 100,
        "output_tokens": 5,
        "total_tokens": 105,
        "input_token_details": {"cache_read": 40, "cache_creation": 20, "ephemeral_1h_input_tokens": 10},
    }
    answer = AIMessage(
        "hello", usage_metadata=used, response_metadata={"model_name": "claude-3-5-sonnet-20241022"}
    )
    model = GenericFakeChatModel(messages=iter([answer]))
    return RunnableLambda(lambda question: search.invoke(question)).with_config(run_name="find") | model


@pytest.mark.parametrize("later", [False, True], ids=["sync", "async"])
def test_a_chain_is_a_tree(recorded: Recorded, later: bool) -> None:
    config: Any = {"callbacks": [OpenAgentTraceCallback()], "run_name": "chain", "metadata": {"tier": "pro"}}
    with oat.span("agent", "agent"):
        if later:
            asyncio.run(chain().ainvoke("x", config))
        else:
            chain().invoke("x", config)
    assert parents(recorded) == {
        "agent": None,
        "chain": "agent",
        "find": "chain",
        "search": "find",
        "within the tool": "search",
        "GenericFakeChatModel": "chain",
    }
    model = recorded.span("GenericFakeChatModel")
    assert (model.span_type, model.model) == ("llm", "claude-3-5-sonnet-20241022")
    assert model.usage is not None
    counts = (
        "prompt_tokens",
        "completion_tokens",
        "cached_tokens",
        "cache_write_tokens",
        "cache_write_1h_tokens",
    )
    assert [model.usage[name] for name in counts] == [100, 5, 40, 30, 10]
    assert model.inputs["messages"] == [{"role": "user", "content": "found x"}]
    assert model.outputs == {"role": "assistant", "content": "hello"}
    assert recorded.span("search").span_type == "tool"
    assert recorded.span("chain").metadata["langchain.tier"] == "pro"


@pytest.mark.parametrize("later", [False, True], ids=["sync", "async"])
def test_branches_that_run_side_by_side_are_siblings(recorded: Recorded, patched: None, later: bool) -> None:
    steps = {name: RunnableLambda(len).with_config(run_name=name) for name in ("a", "b", "c")}
    both = RunnableParallel(**steps).with_config(run_name="parallel")
    result = asyncio.run(both.ainvoke("xyz")) if later else both.invoke("xyz")
    assert result == {"a": 3, "b": 3, "c": 3}
    assert parents(recorded) == {"parallel": None, "a": "parallel", "b": "parallel", "c": "parallel"}


def test_a_batch_is_a_trace_each(recorded: Recorded, patched: None) -> None:
    assert RunnableLambda(len).batch(["a", "bb", "ccc"]) == [1, 2, 3]
    assert [len(trace.spans) for trace in recorded.traces()] == [1, 1, 1]


def test_a_chain_that_fails_is_an_error(recorded: Recorded, patched: None) -> None:
    def fails(x: str) -> None:
        raise KeyError(x)

    with pytest.raises(KeyError):
        RunnableLambda(fails).invoke("x")
    assert [span.status for span in recorded.spans()] == ["error"]
    assert oat.get_current_span() is None


def test_patched_twice_and_with_a_callback_besides_a_run_is_one_span(
    recorded: Recorded, patched: None
) -> None:
    patch_langchain()
    RunnableLambda(len).invoke("x", {"callbacks": [OpenAgentTraceCallback()]})
    assert len(recorded.spans()) == 1
    unpatch_langchain()
    RunnableLambda(len).invoke("x")
    assert len(recorded.spans()) == 1


# ---- Models over recordings ---------------------------------------------------------------------


def ask(provider: ReplayServer, later: bool) -> Any:
    """What the caller gets, as plain data without ids that are made up."""
    request = provider.exchanges[0].request_json()
    options: Any = {"api_key": "any", "base_url": f"{provider.url}/v1", "max_retries": 0}
    asked = request.pop("messages")
    model = ChatOpenAI(model=request.pop("model"), **options)
    runnable: Any = model.bind(tools=request["tools"]) if "tools" in request else model
    settings = {"service_tier": request["service_tier"]} if "service_tier" in request else {}
    if request.get("stream"):
        pieces = list(runnable.stream(asked, stream_usage=True))
    else:
        pieces = [
            asyncio.run(runnable.ainvoke(asked, **settings)) if later else runnable.invoke(asked, **settings)
        ]
    return [piece.model_dump(exclude={"id"}) for piece in pieces]


@needs_cassettes
@pytest.mark.parametrize("both", [False, True], ids=["alone", "with-openai"])
@pytest.mark.parametrize("later", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize(
    ("cassette", "index", "model", "inputs", "outputs", "nano"),
    [
        (CHATS, 0, "gpt-4o-mini-2024-07-18", 9, 9, 9 * 150 + 9 * 600),
        (CHATS, 2, "gpt-4o-mini-2024-07-18", 9, 9, 9 * 150 + 9 * 600),
        (CHATS, 4, "gpt-5-nano-2025-08-07", 8, 368, 8 * 25 + 368 * 200),  # on the flex tier: half
        (TOOLS, 0, "gpt-4o-2024-05-13", 63, 15, 63 * 5000 + 15 * 15000),
    ],
)
def test_a_model_has_its_usage_and_cost_and_the_caller_no_difference(
    recorded: Recorded,
    cassette: str,
    index: int,
    model: str,
    inputs: int,
    outputs: int,
    nano: int,
    later: bool,
    both: bool,
) -> None:
    if model.startswith("gpt-5") and importlib.metadata.version("langchain-openai").startswith("0."):
        pytest.skip("before version 1 it does not say which tier answered")
    results = []
    for patches in ([patch_langchain, patch_openai], [unpatch_langchain, unpatch_openai]):
        for patch in patches if both else patches[:1]:
            patch()
        with server(cassette, index) as provider:
            results.append(ask(provider, later))
    assert results[0] == results[1]
    (trace,) = recorded.traces()
    span = trace.spans[0]
    assert (span.name, span.span_type, span.model, span.provider) == ("ChatOpenAI", "llm", model, "openai")
    assert [child.name for child in trace.spans[1:]] == ["openai.chat.completions.create"] * both
    for reported in trace.spans:
        assert reported.usage is not None
        assert (reported.usage["prompt_tokens"], reported.usage["completion_tokens"]) == (inputs, outputs)
        assert reported.raw["usage"]["total_cost_nano_usd"] == str(nano)
    assert trace.raw["total_cost_nano_usd"] == str(nano)


@needs_cassettes
def test_a_model_has_its_tool_calls_and_what_it_may_call(recorded: Recorded, patched: None) -> None:
    with server(TOOLS, 0) as provider:
        ask(provider, later=False)
    (span,) = recorded.spans()
    assert span.inputs["tools"][0]["function"]["name"] == "get_current_weather"
    assert span.outputs["tool_calls"][0]["function"]["name"] == "get_current_weather"


@needs_cassettes
def test_a_model_that_fails_is_an_error(recorded: Recorded, patched: None) -> None:
    with server(ERROR, 0) as provider, pytest.raises(openai.NotFoundError):
        ask(provider, later=False)
    (span,) = recorded.spans()
    assert span.status == "error" and span.error is not None and "does not exist" in span.error
