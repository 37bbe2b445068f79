"""Prints what was found: a table for people, or one JSON object a line."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from typing import Any

from peers.questions import DUCK, EXACTLY, LITE, PARQUET, STORE, Question
from peers.rounds import Times

ENGINES = (STORE, DUCK, EXACTLY, PARQUET, LITE)


def _milliseconds(ns: float | None) -> str:
    return "" if ns is None else f"{ns / 1e6:.3f}"


def verdicts(question: Question, times: Times) -> list[tuple[str, float, str, float, bool]]:
    """For each target of a question: against what, the figure, its relation to the target, met or not."""
    mine = times.median(question, STORE)
    found: list[tuple[str, float, str, float, bool]] = []
    if mine is None:
        return found
    if question.at_most_ms is not None:
        ms = mine / 1e6
        found.append(("ms", ms, "<=", question.at_most_ms, ms <= question.at_most_ms))
    for engine in ENGINES[1:]:
        other = times.median(question, engine)
        if other is not None:
            target = question.faster.get(engine, 0.0)
            found.append((f"x {engine}", other / mine, ">=", target, other / mine >= target))
    return found


def machine() -> str:
    """Where this ran."""
    with open("/proc/cpuinfo", encoding="ascii") as cpus:
        model = next((line.split(":")[1].strip() for line in cpus if line.startswith("model name")), "?")
    return f"{model}, {os.cpu_count()} processors, Linux {platform.release()}"


def print_times(questions: Sequence[Question], times: Times, as_json: bool) -> None:
    """Medians by engine in ms, then each ratio beside its target."""
    if as_json:
        for question in questions:
            medians = {engine: times.median(question, engine) for engine in ENGINES}
            counts = {engine: len(times.ns.get((question.name, engine), ())) for engine in ENGINES}
            targets = [
                {"to": to, "figure": figure, "goal": f"{relation} {target:g}", "met": met}
                for to, figure, relation, target, met in verdicts(question, times)
                if target
            ]
            print_json({"question": question.name, "median_ns": medians, "runs": counts, "targets": targets})
        return
    print(f"{'medians in ms':40}" + "".join(f"{engine:>24}" for engine in ENGINES))
    for question in questions:
        print(
            f"{question.name:40}"
            + "".join(f"{_milliseconds(times.median(question, e)):>24}" for e in ENGINES)
        )
    print(f"\n{'store beside':40}{'to':>26}{'figure':>10}  target")
    for question in questions:
        for to, figure, relation, target, met in verdicts(question, times):
            goal = f"{relation} {target:g} {'pass' if met else 'MISS'}" if target else ""
            print(f"{question.name:40}{to:>26}{figure:10.2f}  {goal}")


def print_json(line: dict[str, Any]) -> None:
    """One object on one line."""
    print(json.dumps(line))
