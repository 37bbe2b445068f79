"""kill -9 of a Python agent: `make crash-python ROUNDS=200` is the long form."""

from __future__ import annotations

import os
import pathlib
import random
import subprocess
import sys
import time

import pytest
from conftest import Recorded

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "4"))
KILLED_AFTER_S = 0.08
STARTS_WITHIN_S = 60

# Says on its standard output what has ended, after it has.
AGENT = """
import os, sys, time
import oat

oat.get_tracer(service_name="crash", data_dir=sys.argv[1])

@oat.trace(name="step", span_type="tool")
def step(number):
    return {"number": number, "text": "x" * (number % 977)}

with oat.span("agent", "agent"), oat.span("plan", "chain"):
    time.sleep(1.3)  # what runs for a second is written before its end
    number = 0
    while True:
        number += 1
        step(number)
        os.write(1, b"%d\\n" % number)
"""


def run_and_kill(data_dir: pathlib.Path, said: pathlib.Path, seconds: float) -> int:
    """Kills an agent so long after its first step. Returns how many steps it said it had ended."""
    with said.open("wb") as out:
        agent = subprocess.Popen([sys.executable, "-c", AGENT, str(data_dir)], stdout=out)
        try:
            deadline = time.monotonic() + STARTS_WITHIN_S
            while said.stat().st_size == 0 and agent.poll() is None and time.monotonic() < deadline:
                time.sleep(0.002)
            time.sleep(seconds)
            assert agent.poll() is None, "it ended by itself"
        finally:
            agent.kill()
            agent.wait()
    return said.read_bytes().count(b"\n")


@pytest.mark.parametrize("number", range(ROUNDS))
def test_what_had_ended_is_there_with_its_payloads(tmp_path: pathlib.Path, number: int) -> None:
    seconds = random.Random(number).uniform(0, KILLED_AFTER_S)
    ended = run_and_kill(tmp_path / "store", tmp_path / "said", seconds)
    (trace,) = Recorded(tmp_path / "store").traces()
    running = {span.name: span.status for span in trace.spans if span.name != "step"}
    assert running == {"agent": "interrupted", "plan": "interrupted"}
    steps = {span.inputs["number"]: span for span in trace.spans if span.name == "step" and span.inputs}
    whole = {
        step
        for step, span in steps.items()
        if span.status == "success" and span.outputs == {"number": step, "text": "x" * (step % 977)}
    }
    missing = sorted(set(range(1, ended + 1)) - whole)
    assert not missing, f"{len(missing)} of {ended} steps, the first is {missing[0]}"
    assert len(whole) <= ended + 1  # one that had ended may not have been able to say so
