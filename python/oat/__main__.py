"""`python -m oat run agent.py`, `python -m oat run -- node agent.js`, `python -m oat demo`."""

from __future__ import annotations

import argparse
import os
import pathlib
import re
import runpy
import shutil
import signal
import subprocess
import sys
import time

import oat
from oat._proxy import proxy
from oat.integrations._targets import patch_installed

NOT_STARTED = 127  # the exit status that a shell has for it


def run(program: str, arguments: list[str], *, is_module: bool) -> None:
    """Runs a program as `python` would, with the clients and frameworks that are installed patched.

    Args:
        program: The path of a script, or the name of a module.
        arguments: What the program is given.
        is_module: It is a module: `python -m`.
    """
    patch_installed()
    sys.argv = [program, *arguments]
    if is_module:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
        return
    sys.path[0] = str(pathlib.Path(program).resolve().parent)
    runpy.run_path(program, run_name="__main__")


def python_command(command: list[str]) -> list[str] | None:
    """A command that starts Python on a program, as one that has it recorded; None: it is no such command."""
    if not re.fullmatch(r"python[0-9.]*", pathlib.Path(command[0]).name):
        return None
    at = 1
    while at < len(command) and command[at].startswith("-") and command[at] not in ("-", "-m", "-c"):
        at += 2 if command[at] in ("-W", "-X") else 1
    if at >= len(command) or command[at] in ("-", "-c"):
        return None
    return [*command[:at], "-m", "oat", "run", *command[at:]]


def run_command(command: list[str]) -> int:
    """Runs a program in whatever language, with the calls of models that it makes over HTTP recorded.

    Args:
        command: The program and its arguments.

    Returns:
        Its exit status, as a shell has it.
    """
    python = python_command(command)
    if python is not None and shutil.which(python[0]):
        os.execvp(python[0], python)
    with oat.span(pathlib.Path(command[0]).name, "agent") as span:
        span.set_input({"command": command})
        with proxy(span.traceparent) as variables:
            traceparent = {"TRACEPARENT": span.traceparent} if span.traceparent else {}
            try:
                process = subprocess.Popen(command, env={**os.environ, **variables, **traceparent})
            except OSError as error:
                print(f"oat: {command[0]}: {error.strerror}", file=sys.stderr)
                span.set_error(error)
                return NOT_STARTED
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells the program itself of it
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, lambda caught, _: process.send_signal(caught))
            status = process.wait()
        if status < 0:
            span.set_error(f"ended by {signal.Signals(-status).name}")
        elif status > 0:
            span.set_error(f"exit status {status}")
    return 128 - status if status < 0 else status


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
    runner.add_argument("program", help="agent.py, or behind -- a command in any language")
    runner.add_argument("arguments", nargs=argparse.REMAINDER, help="of the program")
    if sys.argv[1:3] == ["run", "--"] and len(sys.argv) > 3:
        sys.exit(run_command(sys.argv[3:]))
    options = parser.parse_args()
    if options.command == "demo":
        demo()
    else:
        run(options.program, options.arguments, is_module=options.is_module)


if __name__ == "__main__":
    main()
