#!/usr/bin/env python3
"""An agent that mends a program: it reads a file, changes it and runs its test until that passes.

pip install openagenttrace openai
python coding_agent.py          # without OPENAI_API_KEY its model answers from a script
"""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import tempfile
from typing import Any

import oat
from oat.integrations import patch_openai
from offline import client

MODEL = "gpt-4o"
STEPS_MAX = 8
WRONG = "def mean(numbers):\n    return sum(numbers) / (len(numbers) - 1)\n"
TEST = "from program import mean\nassert mean([1, 2, 3]) == 2, mean([1, 2, 3])\nassert mean([]) == 0\n"
HALF_RIGHT = "def mean(numbers):\n    return sum(numbers) / len(numbers)\n"
RIGHT = "def mean(numbers):\n    return sum(numbers) / len(numbers) if numbers else 0\n"
SCRIPT: tuple[Any, ...] = (
    {"read_file": {"name": "program.py"}, "run_test": {}},
    {"write_file": {"name": "program.py", "text": HALF_RIGHT}},
    {"run_test": {}},
    {"write_file": {"name": "program.py", "text": RIGHT}},
    {"run_test": {}},
    "The mean divided by one too few, and by zero for no numbers. The test passes now.",
)


def tool(name: str, description: str, *parameters: str) -> dict[str, Any]:
    """A tool as the model is told of it."""
    properties = {parameter: {"type": "string"} for parameter in parameters}
    schema = {"type": "object", "properties": properties, "required": list(parameters)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": schema}}


TOOLS: Any = [
    tool("read_file", "The text of a file", "name"),
    tool("write_file", "Replaces a file", "name", "text"),
    tool("run_test", "Runs the test"),
]


class Workspace:
    """The folder that the agent works in."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        (folder / "program.py").write_text(WRONG)
        (folder / "test.py").write_text(TEST)

    @oat.trace_file_io("read_file", operation="read")
    def read_file(self, name: str) -> str:
        """The text of a file."""
        return (self._folder / pathlib.Path(name).name).read_text()

    @oat.trace_file_io("write_file", operation="write")
    def write_file(self, name: str, text: str) -> str:
        """Replaces a file."""
        (self._folder / pathlib.Path(name).name).write_text(text)
        return "written"

    @oat.trace_tool("run_test")
    def run_test(self) -> str:
        """Runs the test and says what came of it."""
        done = subprocess.run(
            [sys.executable, "-B", "test.py"], cwd=self._folder, capture_output=True, text=True, check=False
        )
        return "passed" if done.returncode == 0 else done.stderr


@oat.trace(name="coding agent", span_type="agent")
def agent(model: Any, workspace: Workspace, task: str) -> str:
    """Lets the model use the workspace until it is done."""
    messages: list[Any] = [{"role": "user", "content": task}]
    for step in range(STEPS_MAX):
        with oat.span(f"step {step + 1}"):
            said = (
                model.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS).choices[0].message
            )
            if not said.tool_calls:
                oat.score("test passes", float(workspace.run_test() == "passed"))
                return said.content or ""
            messages.append(said)
            for call in said.tool_calls:
                use = getattr(workspace, call.function.name)
                result = use(**json.loads(call.function.arguments))
                messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    return "I did not get there."


def main() -> None:
    """Has a program mended in a folder of its own."""
    oat.get_tracer(service_name="coding-agent")
    patch_openai()
    with client(*SCRIPT) as model, tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(pathlib.Path(folder))
        print(agent(model, workspace, "The test of program.py fails. Mend program.py."))


if __name__ == "__main__":
    main()
