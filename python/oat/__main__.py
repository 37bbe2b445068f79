"""`python -m oat run agent.py`, `python -m oat demo`."""

from __future__ import annotations

import argparse
import importlib.util
import pathlib
import runpy
import sys
import time

import oat
from oat import integrations

PATCHES = {
    "openai": integrations.patch_openai,
    "anthropic": integrations.patch_anthropic,
    "mistralai": integrations.patch_mistral,
    "cohere": integrations.patch_cohere,
    "google.genai": integrations.patch_gemini,
    "langchain_core": integrations.patch_langchain,
    "llama_index.core": integrations.patch_llama_index,
    "agents.tracing": integrations.patch_openai_agents,
}


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ModuleNotFoundError, ValueError):
        return False


def run(program: str, arguments: list[str], *, is_module: bool) -> None:
    """Runs a program as `python` would, with the clients and frameworks that are installed patched.

    Args:
        program: The path of a script, or the name of a module.
        arguments: What the program is given.
        is_module: It is a module: `python -m`.
    """
    for module, patch in PATCHES.items():
        if _is_installed(module):
            patch()
    sys.argv = [program, *arguments]
    if is_module:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
        return
    sys.path[0] = str(pathlib.Path(program).resolve().parent)
    runpy.run_path(program, run_name="__main__")


def demo() -> None:
    """Makes a trace of an agent that looks something up and answers, without a model."""

    @oat.trace_tool("weather")
    def weather(city: str) -> str:
        time.sleep(0.02)
        return f"Rain in {city} all day."

    @oat.trace_llm(name="answer", model="gpt-4o-mini", service_provider="openai")
    def answer(question: str, facts: str) -> str:
        time.sleep(0.03)
        span = oat.get_current_span()
        if span is not None:
            span.set_usage(prompt_tokens=212, completion_tokens=31)
        return f"Take an umbrella. {facts}"

    @oat.trace(name="weather agent", span_type="agent")
    def agent(question: str) -> str:
        return answer(question, weather("Oslo"))

    print(agent("Do I need an umbrella in Oslo?"))
    tracer = oat.get_tracer()
    if tracer.error:
        sys.exit(1)
    with oat.open(tracer.data_dir) as store:
        trace = store.traces()[0]
    print(f"{trace.span_count} spans, ${trace.total_cost:.7f} -> oat show {trace.trace_id[:8]}")


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m oat", description="Traces Python programs.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("demo", help="make a trace and tell how to look at it")
    runner = commands.add_parser("run", help="run a program and record the models it calls")
    runner.add_argument("-m", dest="is_module", action="store_true", help="the program is a module")
    runner.add_argument("program", help="agent.py")
    runner.add_argument("arguments", nargs=argparse.REMAINDER, help="of the program")
    options = parser.parse_args()
    if options.command == "demo":
        demo()
    else:
        run(options.program, options.arguments, is_module=options.is_module)


if __name__ == "__main__":
    main()
