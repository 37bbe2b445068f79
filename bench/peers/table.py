"""Prints what was found: a table for people, or one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Sequence

from peers.findings import Finding
from peers.questions import DUCK, EXACTLY, LITE, PARQUET, STORE, Question
from peers.rounds import Times

ENGINES = (STORE, DUCK, EXACTLY, PARQUET, LITE)


def _milliseconds(ns: float | None) -> str:
    return "" if ns is None else f"{ns / 1e6:.3f}"


def findings(question: Question, times: Times) -> list[Finding]:
    """The store's time beside its target, and by how much it is faster than each other engine."""
    mine = times.median(question, STORE)
    if mine is None:
        return []
    found = []
    if question.at_most_ms is not None:
        found.append(Finding(question.name, mine / 1e6, "ms", f"<= {question.at_most_ms:g}"))
    for engine in ENGINES[1:]:
        other = times.median(question, engine)
        if other is not None:
            target = question.faster.get(engine)
            goal = f">= {target:g}" if target else ""
            found.append(Finding(f"{question.name}: faster than {engine}", other / mine, "times", goal))
    return found


def print_times(questions: Sequence[Question], times: Times, as_json: bool) -> None:
    """Medians by engine in ms."""
    width = max(len(question.name) for question in questions)
    if not as_json:
        print(f"{'medians in ms':{width}}" + "".join(f"{engine:>24}" for engine in ENGINES))
    for question in questions:
        medians = {engine: times.median(question, engine) for engine in ENGINES}
        counts = {engine: len(times.ns.get((question.name, engine), ())) for engine in ENGINES}
        if as_json:
            print(json.dumps({"question": question.name, "median_ns": medians, "runs": counts}))
        else:
            print(f"{question.name:{width}}" + "".join(f"{_milliseconds(medians[e]):>24}" for e in ENGINES))
