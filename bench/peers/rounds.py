"""Asks every engine in turn, round after round, compares their answers and keeps the times."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from peers.engines import Answer, Engine
from peers.questions import DUCK, EXACTLY, PARQUET, STORE, TRACE, Question

PATIENCE_NS = 20e9  # an engine that took so long for a question is not asked it again


class Times:
    """Nanoseconds by question and engine."""

    def __init__(self, cpu: bool) -> None:
        """None yet. cpu: of the processor, not by the clock."""
        self.cpu = cpu
        self.ns: dict[tuple[str, str], list[float]] = defaultdict(list)

    def median(self, question: Question, engine: str) -> float | None:
        """None where it was not asked."""
        found = self.ns.get((question.name, engine))
        return statistics.median(found) if found else None


def _flat(row: Any) -> list[Any]:
    """A row whose lists are spread out."""
    flat: list[Any] = []
    for value in row:
        flat += value if isinstance(value, (list, tuple)) else [value]
    return flat


def differences(question: Question, engine: str, found: Sequence[Any], wanted: Sequence[Any]) -> list[str]:
    """What an engine says other than the one that is believed."""
    if question.count_only or len(found) != len(wanted):
        return [] if len(found) == len(wanted) else [f"{len(found)} rows, expected {len(wanted)}"]
    scales = question.scales if engine == STORE else (1.0,) * len(question.scales)
    said = []
    keyed = zip(*(sorted(map(_flat, rows), key=lambda row: row[: question.keys]) for rows in (found, wanted)))
    for row, right in keyed:
        if row[: question.keys] != right[: question.keys]:
            said.append(f"row {row[: question.keys]}, expected {right[: question.keys]}")
            continue
        for value, scale, expected in zip(row[question.keys :], scales, right[question.keys :]):
            if not _same(value, scale, expected, question.tolerance):
                said.append(f"{row[: question.keys]}: {value} * {scale:g}, expected {expected}")
    return said


def _same(value: Any, scale: float, expected: Any, tolerance: float) -> bool:
    # A sum over nothing is null here and 0 there.
    if not value and not expected:
        return True
    if value is None or expected is None:
        return False
    if isinstance(value, int) and scale == 1 and tolerance < 0.001:
        return value == int(expected)
    return math.isclose(float(value) * scale, float(expected), rel_tol=tolerance)


def run(
    questions: Sequence[Question],
    engines: Mapping[str, Engine],
    traces: Sequence[str],
    rounds: int,
    times: Times,
) -> list[str]:
    """Takes the times of `rounds` rounds after one that warms up; returns differences between answers."""
    wrong = list[str]()
    for cold in (False, True):
        wrong += _ask([one for one in questions if one.cold == cold], engines, traces, rounds, times)
    return wrong


def _ask(
    questions: Sequence[Question],
    engines: Mapping[str, Engine],
    traces: Sequence[str],
    rounds: int,
    times: Times,
) -> list[str]:
    wrong, spent = list[str](), defaultdict[tuple[str, str], float](float)
    for number in range(rounds + 1):
        for question in questions:
            answers: dict[str, Answer] = {}
            for engine, text in question.asked.items():
                place = (question.name, engine)
                runner = engines.get(DUCK if engine == EXACTLY else engine)
                if runner is None or spent[place] > PATIENCE_NS:
                    continue
                answer = answers[engine] = runner.ask(text.replace(TRACE, traces[number % len(traces)]))
                spent[place] += answer.ns
                if number > 0 or spent[place] > PATIENCE_NS:
                    times.ns[place].append(answer.cpu_ns if times.cpu else answer.ns)
            if number == 0:
                wrong += _compare(question, answers)
    return wrong


def _compare(question: Question, answers: Mapping[str, Answer]) -> list[str]:
    """Every answer with that of DuckDB, which is exact where it was told to be."""
    believed = EXACTLY if EXACTLY in question.asked else DUCK
    approximate = (DUCK, PARQUET) if believed == EXACTLY else ()
    if believed not in answers:
        return []
    return [
        f"{question.name}: {engine}: {what}"
        for engine, answer in answers.items()
        if engine not in approximate
        for what in differences(question, engine, answer.rows, answers[believed].rows)
    ]
