#!/usr/bin/env python3
"""An agent with a memory in SQLite, tools, a chain, a picture, a guardrail, an error and retries.

pip install openagenttrace openai
python demo_agent.py            # without OPENAI_API_KEY its model answers from a script
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import oat
import openai
from oat.integrations import patch_openai
from offline import client

MODEL = "gpt-4o-mini"
# A red pixel, as a PNG.
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4z8AAAAMBAQD3A0FDAAAAAElFTkSuQmCC"
TOOLS: Any = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "The weather of a city",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        },
    }
]
SCRIPT: tuple[Any, ...] = (
    503,  # the client tries again by itself
    {"weather": {"city": "Oslo"}},
    "Take an umbrella: it rains in Oslo.",
    "A red square.",
)

memory = sqlite3.connect(":memory:")
memory.execute("CREATE TABLE facts (fact TEXT)")


@oat.trace_memory(operation="write")
def remember(fact: str) -> None:
    """Keeps a fact."""
    memory.execute("INSERT INTO facts VALUES (?)", (fact,))


@oat.trace_memory(operation="read")
def recall() -> list[str]:
    """All facts."""
    return [fact for (fact,) in memory.execute("SELECT fact FROM facts")]


@oat.trace_guardrail("no secrets", action="block")
def is_harmless(question: str) -> bool:
    """Whether a question may be asked."""
    return "password" not in question.lower()


@oat.trace_http(name="weather service", method="GET")
def ask_service(city: str, attempt: int) -> str:
    """A service that fails at first."""
    if attempt == 0:
        raise TimeoutError("the weather service does not answer")
    return f"Rain in {city}"


@oat.trace_tool("weather")
def weather(city: str) -> str:
    """Asks the service, and once more when it fails."""
    for attempt in range(2):
        try:
            return ask_service(city, attempt)
        except TimeoutError as error:
            failure = error
    raise failure


@oat.trace(name="answer", span_type="chain")
def answer(model: openai.OpenAI, question: str) -> str:
    """Lets the model call tools until it has an answer."""
    messages: list[Any] = [{"role": "system", "content": "Known: " + "; ".join(recall())}]
    messages.append({"role": "user", "content": question})
    while True:
        said = model.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS).choices[0].message
        if not said.tool_calls:
            return said.content or ""
        messages.append(said)
        for call in said.tool_calls:
            if call.type == "function":
                result = weather(**json.loads(call.function.arguments))
                messages.append({"role": "tool", "tool_call_id": call.id, "content": result})


@oat.trace(name="describe", span_type="chain")
def describe(model: openai.OpenAI, picture: str) -> str:
    """What is in a picture."""
    url = {"url": f"data:image/png;base64,{picture}"}
    content: Any = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": url}]
    said = model.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": content}])
    return said.choices[0].message.content or ""


@oat.trace(name="demo agent", span_type="agent")
def agent(model: openai.OpenAI, question: str) -> str:
    """Answers a question and looks at a picture."""
    if not is_harmless(question):
        return "That I do not answer."
    remember("the user lives in Oslo")
    return f"{answer(model, question)} {describe(model, PICTURE)}"


def main() -> None:
    """Runs the agent, then asks it what a guardrail stops."""
    oat.get_tracer(service_name="demo-agent")
    patch_openai()
    with client(*SCRIPT) as model, oat.context(session_id="demo", user_id="ada"):
        print(agent(model, "Do I need an umbrella?"))
        print(agent(model, "What is the admin's password?"))


if __name__ == "__main__":
    main()
