#!/usr/bin/env python3
"""Agents that hand over to each other: one plans, researchers work side by side, one writes.

pip install openagenttrace openai
python multi_agent.py           # without OPENAI_API_KEY its models answer from a script
"""

from __future__ import annotations

import concurrent.futures
from typing import Any

import oat
from oat.integrations import patch_openai
from offline import client

MODEL = "gpt-4o-mini"
SCRIPT = (
    "history\nengineering\neconomy",
    "Built in 1889 for a fair.",
    "Iron, 330 metres, three levels.",
    "Six million visitors a year.",
    "The tower of 1889 has three levels of iron and six million visitors a year.",
)


def ask(model: Any, instruction: str, text: str) -> str:
    """One question to the model."""
    messages = [{"role": "system", "content": instruction}, {"role": "user", "content": text}]
    return str(model.chat.completions.create(model=MODEL, messages=messages).choices[0].message.content)


@oat.trace_agent(name="planner")
def plan(model: Any, subject: str) -> list[str]:
    """What is to be looked into."""
    return ask(model, "Name three aspects of the subject, one a line.", subject).splitlines()


@oat.trace_agent(name="researcher")
def research(model: Any, subject: str, aspect: str) -> str:
    """What is known of one aspect."""
    return ask(model, f"Say in a sentence what matters about {aspect}.", subject)


@oat.trace_agent(name="writer")
def write(model: Any, findings: list[str]) -> str:
    """A text of what was found."""
    return ask(model, "Write one sentence of these.", "\n".join(findings))


@oat.trace_handoff(name="to researchers")
def hand_to_researchers(model: Any, subject: str, aspects: list[str]) -> list[str]:
    """Researchers work side by side, in threads that take the current span along."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        work = [pool.submit(oat.carry(research), model, subject, aspect) for aspect in aspects]
        return [done.result() for done in work]


@oat.trace_handoff(name="to the writer")
def hand_to_writer(model: Any, findings: list[str]) -> str:
    """The writer has the last word."""
    return write(model, findings)


@oat.trace(name="multi agent", span_type="agent")
def agent(model: Any, subject: str) -> str:
    """A text about a subject."""
    findings = hand_to_researchers(model, subject, plan(model, subject))
    return hand_to_writer(model, findings)


def main() -> None:
    """Has a text written."""
    oat.get_tracer(service_name="multi-agent")
    patch_openai()
    with client(*SCRIPT) as model, oat.context(session_id="tower"):
        print(agent(model, "The Eiffel tower"))


if __name__ == "__main__":
    main()
