"""The OpenAI Agents SDK, over recordings."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from agents import (
    Agent,
    GuardrailFunctionOutput,
    InputGuardrailTripwireTriggered,
    RunConfig,
    Runner,
    function_tool,
    input_guardrail,
    set_default_openai_client,
    set_trace_processors,
)
from conftest import Recorded
from oat.integrations import patch_openai, patch_openai_agents, unpatch_openai, unpatch_openai_agents
from replay_server import ReplayServer
from replayed import needs_cassettes, server

pytestmark = needs_cassettes

HANDOFF = "openai/logfire__test_openai_agents__test_responses.yaml"
GUARDRAIL = "openai/logfire__test_openai_agents__test_input_guardrails.yaml"


@function_tool
def random_number() -> int:
    """Draws a number."""
    return 4


@input_guardrail
async def zero_guardrail(*unused: Any) -> GuardrailFunctionOutput:
    return GuardrailFunctionOutput(output_info={"digits": 2}, tripwire_triggered=True)


@pytest.fixture(autouse=True)
def patched() -> Iterator[None]:
    set_trace_processors([])  # the SDK's own would send to its maker
    assert patch_openai_agents() is True
    yield
    unpatch_openai_agents()
    unpatch_openai()


def run(provider: ReplayServer, first: Agent[None], question: str) -> Any:
    async def ask() -> Any:
        client = openai.AsyncOpenAI(base_url=f"{provider.url}/v1", api_key="any", max_retries=0)
        set_default_openai_client(client, use_for_tracing=False)
        return await Runner.run(first, input=question, run_config=RunConfig(group_id="chat-17"))

    return asyncio.run(ask()).final_output


def hand_off(provider: ReplayServer) -> Any:
    second = Agent[None](name="agent2", model="gpt-4o", tools=[random_number])
    first = Agent[None](name="agent1", model="gpt-4o", tools=[random_number], handoffs=[second])
    return run(provider, first, "Generate a random number then, hand off to agent2.")


@pytest.mark.parametrize("both", [False, True], ids=["alone", "with-openai"])
def test_agents_tools_and_handoffs_are_a_tree(recorded: Recorded, both: bool) -> None:
    if both:
        patch_openai()
    with server(HANDOFF) as provider:
        hand_off(provider)
    (trace,) = recorded.traces()
    by_id = {span.span_id: span for span in trace.spans}
    parent = {span.name: by_id[span.parent_span_id].name for span in trace.spans if span.parent_span_id}
    assert (trace.name, trace.session_id) == ("Agent workflow", "chat-17")
    calls = [span for span in trace.spans if span.name == "response"]
    assert [(call.span_type, call.model, call.provider) for call in calls] == [
        ("llm", "gpt-4o-2024-08-06", "openai")
    ] * 2
    usages = [exchange.response_json()["usage"] for exchange in provider.exchanges]
    for call, usage in zip(calls, usages):
        nano = usage["input_tokens"] * 2500 + usage["output_tokens"] * 10000
        assert call.raw["usage"]["total_cost_nano_usd"] == str(nano)
        assert call.inputs and call.outputs["output"]
    total = sum(usage["input_tokens"] * 2500 + usage["output_tokens"] * 10000 for usage in usages)
    assert trace.raw["total_cost_nano_usd"] == str(total)
    tool = next(span for span in trace.spans if span.span_type == "tool")
    assert (tool.name, tool.outputs) == ("random_number", 4)
    handoff = next(span for span in trace.spans if span.span_type == "handoff")
    assert handoff.metadata == {"handoff.from": "agent1", "handoff.to": "agent2"}
    assert {span.agent for span in trace.spans if span.name.startswith("agent")} == {"agent1", "agent2"}
    if both:
        assert parent["openai.responses.create"] == "response"


def test_the_result_is_the_same_without(recorded: Recorded) -> None:
    results = []
    for patch in (patch_openai_agents, unpatch_openai_agents):
        patch()
        with server(HANDOFF) as provider:
            results.append(hand_off(provider))
    assert results[0] == results[1]
    assert len(recorded.traces()) == 1


def test_a_guardrail_that_steps_in_says_so(recorded: Recorded) -> None:
    agent = Agent[None](name="agent", model="gpt-4o", input_guardrails=[zero_guardrail])
    with server(GUARDRAIL) as provider, pytest.raises(InputGuardrailTripwireTriggered):
        run(provider, agent, "1+1?")
    guardrail = recorded.span("zero_guardrail")
    assert (guardrail.span_type, guardrail.metadata["guardrail.triggered"]) == ("guardrail", True)
